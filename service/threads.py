"""What the mails of a batch could belong to: all their clues looked up at once, and what the batch
itself adds for the mails behind (design.md, "Threading clues")."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cases.numbers import numbers_in
from intake.clues import Clue, clues, named, thread_keys
from intake.mail import Mail
from service.arrived import Arrived
from service.judge import customer_of, next_of, strange_to, token_hash
from service.wiring import Happening, Wiring
from storage import lookup
from storage.lookup import Known
from storage.records import Case

Found = Mapping[str, Sequence[Clue]]  # by sha256 of the mail


def clues_of(w: Wiring, mail: Mail, own: Collection[str]) -> tuple[Clue, ...]:
    """The clues that the mail itself holds."""
    patterns = w.patterns()

    def numbers(text: str) -> tuple[str, ...]:
        return tuple(number for pattern in patterns for number in numbers_in(text, pattern))

    return tuple(clues(mail, numbers, own))


def look_up(h: Happening, batch: Sequence[Arrived], found: Found) -> Known:
    """All clues of the batch in one question a table; then the cases, locked, with their heirs."""
    every = [clue for some in found.values() for clue in some]
    own_ids = [a.mail.message_id for a in batch if a.mail.message_id]
    known = lookup.look_up(
        h.book.tx,
        addresses=[a.mail.from_.address for a in batch if a.mail.from_],
        token_hashes=[token_hash(clue.value) for clue in every if clue.kind == "token"],
        message_ids=[c.value for c in every if c.kind in ("message_id", "thread_index")],
        numbers=[clue.value for clue in every if clue.kind == "number"],
    )
    lookup.read_used_ids(h.book.tx, own_ids, known)
    customers = {customer for a in batch if (customer := customer_of(a.mail, known)) is not None}
    lookup.read_references(h.book.tx, customers, known)
    _read_cases(h, batch, found, known)
    strange = {
        case
        for a in batch
        for case in strange_to(a.mail, with_references(a.mail, found[a.mail.sha256], known), known)
    }
    lookup.read_people(h.book.tx, strange, known)
    return known


def _read_cases(h: Happening, batch: Sequence[Arrived], found: Found, known: Known) -> None:
    wanted = {
        *(token.case_id for token in known.tokens.values()),
        *known.our_ids.values(),
        *(case for by_customer in known.keys.values() for case in by_customer.values()),
        *known.numbers.values(),
    }
    for arrived in batch:
        references = known.references.get(customer_of(arrived.mail, known) or 0, {})
        wanted.update(references[clue.value] for clue in named(arrived.mail, references))
    while wanted:
        h.book.lock(wanted)
        lookup.read_cases(h.book.tx, wanted, known)
        heirs = {next_of(known.cases[case]) for case in wanted}
        wanted = {heir for heir in heirs if heir is not None} - known.cases.keys()


def with_references(mail: Mail, found: Sequence[Clue], known: Known) -> list[Clue]:
    """The clues, with the customer's own numbers before those of ours that anybody may write."""
    references = known.references.get(customer_of(mail, known) or 0, {})
    return [
        *(clue for clue in found if clue.kind != "number"),
        *named(mail, references),
        *(clue for clue in found if clue.kind == "number"),
    ]


def add_case(known: Known, case: Case, mail: Mail, reference: str | None) -> None:
    """What this batch registered, for the mails behind it."""
    known.cases[case.id] = case
    known.letters[case.id] = []
    known.numbers[case.number] = case.id
    if reference and case.customer_id is not None:
        known.references.setdefault(case.customer_id, {})[reference] = case.id
    add_mail(known, case, mail)


def add_mail(known: Known, case: Case, mail: Mail) -> None:
    """What `remember_thread` wrote, for the mails of this batch that answer this one."""
    if mail.message_id:
        known.used_ids.setdefault(mail.message_id, set()).add(mail.date)
    if mail.from_ is not None and mail.proven_sender:
        named = (mail.from_, *mail.to, *mail.cc)
        known.people.setdefault(case.id, set()).update(one.address for one in named)
    if case.customer_id is None:
        return
    for key in thread_keys(mail):
        known.keys.setdefault(key, {}).setdefault(case.customer_id, case.id)
