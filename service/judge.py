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
    customer = _customer(mail, known)
    suggested: list[int] = []
    for clue in clues:
        if clue.kind == "token":
            if token := known.tokens.get(token_hash(clue.value)):
                case = follow(token.case_id, known)
                return Place(
                    "token", case, third_party=not _takes_part(customer, case, known), token=token
                )
            continue
        for case in dict.fromkeys(_hits(clue, customer, known)):
            if _takes_part(customer, case, known) or screened.kind in ONLY_JOINS:
                return Place(clue.kind, case)
            suggested.append(case)
    if screened.kind in ONLY_JOINS:
        return Place(screened.reason, aside=True)
    # A number or Message-ID from a stranger: a new case, and somebody may link them.
    return Place("new complaint", suggested=tuple(dict.fromkeys(suggested)))


def follow(case_id: int, known: Known) -> int:
    """The case in which the thread goes on: registered anew (R-28) or merged into another."""
    seen: set[int] = set()
    while case_id not in seen:
        seen.add(case_id)
        case = known.cases[case_id]
        case_id = next_of(case) or case_id
    return case_id


def next_of(case: Case) -> int | None:
    """The case that this one went on in, if any."""
    return case.successor_id or case.merged_into_id


def _customer(mail: Mail, known: Known) -> int | None:
    contact = known.contacts.get(mail.from_.address) if mail.from_ else None
    return contact.customer_id if contact and mail.proven_sender else None


def _takes_part(customer: int | None, case_id: int, known: Known) -> bool:
    return customer is not None and known.cases[case_id].customer_id == customer


def _hits(clue: Clue, customer: int | None, known: Known) -> list[int]:
    if clue.kind == "number":
        found = known.numbers.get(clue.value)
        return [] if found is None else [follow(found, known)]
    if ours := known.our_ids.get(clue.value):
        return [follow(ours, known)]
    by_customer = known.keys.get(clue.value, {})
    if customer in by_customer:
        return [follow(by_customer[customer], known)]
    return [follow(case, known) for case in by_customer.values()]
