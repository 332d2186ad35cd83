"""Looking things up for a decision: all that a batch of mails may hit, one question a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Table, select

from storage import tables
from storage.records import Case, Contact, FromRow, Letter, Token

R = TypeVar("R", bound=FromRow)
V = TypeVar("V")
# A case that collects a flood has thousands of mails, and few people.
_LATEST: Final = 200


@dataclass(slots=True)
class Known:
    """What the database knows about the clues of a batch, and what the batch adds to it."""

    contacts: dict[str, Contact] = field(default_factory=dict)  # by address
    tokens: dict[str, Token] = field(default_factory=dict)  # by sha256
    our_ids: dict[str, int] = field(default_factory=dict)  # our Message-ID -> case
    keys: dict[str, dict[int, int]] = field(default_factory=dict)  # key -> customer -> case
    numbers: dict[str, int] = field(default_factory=dict)  # case number -> case
    cases: dict[int, Case] = field(default_factory=dict)
    letters: dict[int, list[Letter]] = field(default_factory=dict)  # case -> letters that ask
    misses: dict[str, int] = field(default_factory=dict)  # sender -> wrong tokens in the last hour
    # Message-IDs that other mails to us had -> when those say that they were written
    used_ids: dict[str, set[datetime | None]] = field(default_factory=dict)
    # customer -> its own number for a case, as it wrote it (R-11) -> case
    references: dict[int, dict[str, int]] = field(default_factory=dict)
    # case -> whom its mails and letters name: who may go on in it (only for those asked about)
    people: dict[int, set[str]] = field(default_factory=dict)

    def customers(self) -> set[int]:
        """Whose cases and contacts these are."""
        of_cases = {one.customer_id for one in self.cases.values() if one.customer_id is not None}
        return of_cases | {one.customer_id for one in self.contacts.values()}


def look_up(
    connection: Connection,
    *,
    addresses: Collection[str],
    token_hashes: Collection[str],
    message_ids: Collection[str],
    numbers: Collection[str],
) -> Known:
    """Find what these clues name. The cases themselves are read later, when they are locked."""
    known = Known()
    contacts, tokens, letters = tables.contacts, tables.tokens, tables.letters
    keys, cases = tables.thread_keys, tables.cases
    for row in _rows(connection, contacts, Contact, contacts.c.address, addresses):
        known.contacts[row.address] = row
    for token in _rows(connection, tokens, Token, tokens.c.sha256, token_hashes):
        known.tokens[token.sha256] = token
    for chunk in _chunks(message_ids):
        ours = select(letters.c.message_id, letters.c.case_id).where(
            letters.c.message_id.in_(chunk)
        )
        known.our_ids.update((r.message_id, r.case_id) for r in connection.execute(ours))
        for r in connection.execute(select(keys).where(keys.c.key.in_(chunk))):
            known.keys.setdefault(r.key, {})[r.customer_id] = r.case_id
    for chunk in _chunks(numbers):
        found = select(cases.c.number, cases.c.id).where(cases.c.number.in_(chunk))
        known.numbers.update((r.number, r.id) for r in connection.execute(found))
    return known


def read_references(connection: Connection, customers: Collection[int], known: Known) -> None:
    """Add the customers' own numbers; of several cases with the same one the latest (R-11)."""
    cases = tables.cases
    for chunk in _chunks(customers):
        found = (
            select(cases.c.customer_id, cases.c.customer_reference, cases.c.id)
            .where(cases.c.customer_id.in_(chunk), cases.c.customer_reference.is_not(None))
            .order_by(cases.c.id)
        )
        for row in connection.execute(found):
            known.references.setdefault(row.customer_id, {})[row.customer_reference] = row.id


def read_used_ids(connection: Connection, message_ids: Collection[str], known: Known) -> None:
    """Add those of these Message-IDs that a mail to us had already."""
    messages = tables.messages
    for chunk in _chunks(message_ids):
        found = select(messages.c.message_id, messages.c.written_at).where(
            messages.c.message_id.in_(chunk), messages.c.direction == "in"
        )
        for message_id, written_at in connection.execute(found):
            known.used_ids.setdefault(message_id, set()).add(written_at)


def read_people(connection: Connection, ids: Collection[int], known: Known) -> None:
    """Add whom the mails of those who take part, and our letters, name in each of these cases."""
    messages, deliveries = tables.messages, tables.deliveries
    for case_id in ids:
        people = known.people.setdefault(case_id, set())
        found = (
            select(messages.c.from_address, messages.c.recipients)
            .where(
                messages.c.case_id == case_id,
                messages.c.direction == "in",
                messages.c.proven_sender.is_(True),
                messages.c.third_party.is_(False),
            )
            .order_by(messages.c.id.desc())
            .limit(_LATEST)
        )
        for sender, recipients in connection.execute(found):
            people.add(sender)
            people.update(address for role in ("to", "cc") for _, address in recipients[role])
        letters = select(deliveries.c.address).where(deliveries.c.case_id == case_id)
        people.update(connection.scalars(letters.distinct()))


def read_cases(connection: Connection, ids: Collection[int], known: Known) -> None:
    """Add these cases, and the letters in them that ask something, to what is known."""
    cases, letters = tables.cases, tables.letters
    for case in _rows(connection, cases, Case, cases.c.id, ids):
        known.cases[case.id] = case
        known.letters[case.id] = []
    for chunk in _chunks(ids):
        asking = (
            select(letters)
            .where(letters.c.case_id.in_(chunk), letters.c.asks.is_not(None))
            .order_by(letters.c.id)
        )
        for row in connection.execute(asking):
            known.letters[row.case_id].append(Letter.of(row))


def _rows(
    connection: Connection,
    table: Table,
    kind: type[R],
    column: Column[Any],
    values: Collection[Any],
) -> Iterable[R]:
    for chunk in _chunks(values):
        for row in connection.execute(select(table).where(column.in_(chunk))):
            yield kind.of(row)


def _chunks(values: Collection[V]) -> Iterable[list[V]]:
    """SQLite takes a limited number of parameters in one statement."""
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), 500):
        yield every[start : start + 500]
