"""Where a mail belongs. Pure: the clues and what the database knows of them, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from intake.clues import Clue
from intake.mail import Mail, Screened
from service.arrived import Arrived
from storage.lookup import Known
from storage.records import Case, Token

# design.md, "What becomes a case".
NEVER_A_CASE: Final = frozenset({"list", "newsletter", "own", "loop"})
ONLY_JOINS: Final = frozenset({"auto_reply", "bounce", "receipt"})
# reliability.md 6 D: more wrong tokens an hour, and nothing that this sender names is followed.
MOST_MISSES: Final = 20
GUESSING: Final = "too many wrong tokens"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail goes, and the reason. `case_id` None: a new case, or aside."""

    reason: str
    case_id: int | None = None
    aside: bool = False
    third_party: bool = False
    token: Token | None = None
    suggested: tuple[int, ...] = ()


def token_hash(token: str) -> str:
    """How tokens are stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def sender_of(mail: Mail) -> str:
    """The name under which wrong tokens are counted; it may be forged."""
    return mail.from_.address if mail.from_ else ""


def recognised(arrived: Arrived, known: Known) -> Arrived:
    """A letter of ours that comes back as it left, whoever sent it on, is no mail of a person."""
    known_already = arrived.screened.kind in NEVER_A_CASE
    if known_already or arrived.mail.message_id not in known.our_ids:
        return arrived
    return replace(arrived, screened=Screened("own", "has a Message-ID of ours"))


def place(mail: Mail, screened: Screened, clues: Sequence[Clue], known: Known) -> Place:
    """Follow the first clue that hits, the hardest to forge first. Never by title."""
    if screened.kind in NEVER_A_CASE:
        return Place(screened.reason, aside=True)
    if known.misses.get(sender_of(mail), 0) > MOST_MISSES:
        return Place(GUESSING, aside=screened.kind in ONLY_JOINS)
    suggested: list[int] = []
    for clue in clues:
        if clue.kind == "token":
            if token := known.tokens.get(token_hash(clue.value)):
                path = _path(token.case_id, known)
                third_party = not _takes_part(mail, path, known)
                return Place("token", path[-1], third_party=third_party, token=token)
            continue
        for path in _paths(clue, mail, known):
            joins = _takes_part(mail, path, known) or screened.kind in ONLY_JOINS
            if joins and not (clue.where == "message_id" and _is_another(mail, known)):
                return Place(clue.kind, path[-1])
            suggested.append(path[-1])
    if screened.kind in ONLY_JOINS:
        return Place(screened.reason, aside=True)
    # A number or Message-ID from a stranger: a new case, and somebody may link them.
    return Place("new complaint", suggested=tuple(dict.fromkeys(suggested)))


def strange_to(mail: Mail, clues: Sequence[Clue], known: Known) -> set[int]:
    """The cases to which the clues lead and that are not of the sender's customer: whether it
    takes part depends on whom their mails name."""
    tokens = (known.tokens.get(token_hash(one.value)) for one in clues if one.kind == "token")
    paths = [_path(token.case_id, known) for token in tokens if token]
    paths += (path for clue in clues for path in _paths(clue, mail, known))
    return {case for path in paths if not _takes_part(mail, path, known) for case in path}


def _path(case_id: int, known: Known) -> list[int]:
    """From this case to the one in which the thread goes on: registered anew (R-28) or merged."""
    path = [case_id]
    while (heir := next_of(known.cases[path[-1]])) is not None and heir not in path:
        path.append(heir)
    return path


def next_of(case: Case) -> int | None:
    """The case that this one went on in, if any."""
    return case.successor_id or case.merged_into_id


def customer_of(mail: Mail, known: Known) -> int | None:
    """The customer for whom the sender writes, as far as that is proven."""
    contact = known.contacts.get(mail.from_.address) if mail.from_ else None
    return contact.customer_id if contact and mail.proven_sender else None


def _takes_part(mail: Mail, path: Sequence[int], known: Known) -> bool:
    """Of the customer, or named in a mail of the case: a colleague in its CC answers as well.

    Where cases were merged, it is enough to take part in one of them.
    """
    if not mail.proven_sender or mail.from_ is None:
        return False
    customer = customer_of(mail, known)
    if customer is not None and any(known.cases[one].customer_id == customer for one in path):
        return True
    return any(mail.from_.address in known.people.get(one, ()) for one in path)


def _is_another(mail: Mail, known: Known) -> bool:
    """Whether another mail only has the same Message-ID. On two routes words are added or lost;
    the moment of writing stays, and programs that number badly write each mail at another."""
    written = known.used_ids.get(mail.message_id or "")
    return written is not None and (mail.date is None or mail.date not in written)


def _paths(clue: Clue, mail: Mail, known: Known) -> list[list[int]]:
    """The ways from the cases that a clue names to those in which they go on."""
    return [_path(case, known) for case in dict.fromkeys(_hits(clue, mail, known))]


def _hits(clue: Clue, mail: Mail, known: Known) -> list[int]:
    customer = customer_of(mail, known)
    if clue.kind == "number":
        found = known.numbers.get(clue.value)
        return [] if found is None else [found]
    if clue.kind == "reference":
        owned = known.references.get(customer or 0, {}).get(clue.value)
        return [] if owned is None else [owned]
    if ours := known.our_ids.get(clue.value):
        return [ours]
    by_customer = known.keys.get(clue.value, {})
    if customer in by_customer:
        return [by_customer[customer]]
    return list(by_customer.values())
