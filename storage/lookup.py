"""Looking things up for a decision: all that a batch of mails may hit, one question a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table, select

from storage import tables
from storage.records import Case, Contact, FromRow, Letter, Token

R = TypeVar("R", bound=FromRow)
V = TypeVar("V")


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
