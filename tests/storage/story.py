"""Random histories of cases: every table of a case, every kind of value, every kind of change."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Integer, Table

from storage import tables
from storage.book import Book
from storage.changes import Change, Enter, Insert, Leave, Update
from storage.database import Database
from storage.history import CASE_TABLES
from storage.types import Amount, Moment
from tests.storage.rows import NOW, keep_raw, new_id, record, row, writing

_WORDS: Final = (
    "groove",
    "Stückzahl",
    "表面不平",
    "🔩",
    "'; --",
    '"quoted"',
    "a\nb",
    "",
    "\u202e",
    "0.10",
)
_LEAVES: Final = (tables.lines, tables.solutions, tables.measures)  # nothing refers to their rows


class Story:
    """Some cases and what happens to them, the same for the same seed."""

    def __init__(self, db: Database, seed: int) -> None:
        self._db = db
        self._chance = random.Random(seed)
        self.cases: list[int] = []
        # What is in each case, as far as changes need to know: table -> ids.
        self._held: dict[int, dict[str, list[int]]] = {}

    def tell(self, cases: int = 2, happenings: int = 8) -> None:
        """Let so much happen, each happening in a transaction of its own."""
        with writing(self._db) as book:
            for _ in range(cases):
                self._open(book)
        for step in range(happenings):
            with writing(self._db, NOW + timedelta(minutes=step)) as book:
                for _ in range(self._chance.randint(1, 3)):
                    self._happen(book, self._chance.choice(self.cases))

    def _open(self, book: Book) -> None:
        case = self._row(book, tables.cases, 0)
        self.cases.append(case["id"])
        self._held[case["id"]] = {table.name: [] for table in CASE_TABLES}
        self._held[case["id"]]["cases"].append(case["id"])
        record(book, case["id"], Insert(tables.cases, case), kind="registered")

    def _happen(self, book: Book, case_id: int) -> None:
        if self._chance.random() < 0.1 and self._move(book, case_id):
            return
        changes: list[Change] = []
        for _ in range(self._chance.randint(1, 4)):
            if self._chance.random() < 0.5:
                changes.append(self._insert(book, case_id))
            else:
                changes.append(self._update(case_id))
        record(book, case_id, *changes)

    def _insert(self, book: Book, case_id: int) -> Insert:
        held = self._held[case_id]
        possible = [
            table
            for table in CASE_TABLES[1:]
            if all(held[name] for name in _needed(table)) and self._is_free(table, case_id)
        ]
        table = self._chance.choice(possible)
        made = self._row(book, table, case_id)
        held[table.name].append(made["id"])
        return Insert(table, made)

    def _update(self, case_id: int) -> Update:
        table = self._chance.choice([t for t in CASE_TABLES if self._held[case_id][t.name]])
        row_id = self._chance.choice(self._held[case_id][table.name])
        columns = [column for column in table.c if changeable(column)]
        chosen = self._chance.sample(columns, self._chance.randint(1, min(4, len(columns))))
        return Update(table, row_id, {c.name: any_value(c, self._chance) for c in chosen})

    def _move(self, book: Book, case_id: int) -> bool:
        """A row leaves for another case, or comes from nowhere."""
        other = self._chance.choice(self.cases)
        table = self._chance.choice(_LEAVES)
        if other == case_id or not self._held[case_id][table.name]:
            return False
        book.flush()  # the row is read as it stands
        row_id = self._held[case_id][table.name].pop()
        self._held[other][table.name].append(row_id)
        found = book.tx.execute(table.select().where(table.c.id == row_id)).one()
        values = dict(found._mapping) | {"case_id": other}
        if table is tables.lines:
            values["position"] = new_id() % 2**31
        record(book, case_id, Leave(table, row_id), kind="left")
        record(book, other, Enter(table, values), kind="entered")
        return True

    def _row(self, book: Book, table: Table, case_id: int) -> dict[str, Any]:
        values = {
            column.name: any_value(column, self._chance)
            for column in table.c
            if changeable(column) and (not column.nullable or self._chance.random() < 0.6)
        }
        if table is not tables.cases:
            values["case_id"] = case_id
        for name in _needed(table):
            values[f"{name[:-1]}_id"] = self._chance.choice(self._held[case_id][name])
        if table is tables.deliveries:
            values["raw_sha256"] = keep_raw(book)
        if table is tables.measure_files:
            values["sha256"] = keep_raw(book)
        if table is tables.lines:
            values["position"] = new_id() % 2**31
        if table is tables.recurrences:
            values["earlier_id"] = self.cases[len(self._held[case_id][table.name])]
        if table is tables.terms:
            values["name"] = f"term-{new_id()}"
        return row(table) | values

    def _is_free(self, table: Table, case_id: int) -> bool:
        """A case is once a recurrence of each other one."""
        used = len(self._held[case_id][table.name])
        return table is not tables.recurrences or used < len(self.cases)


def _needed(table: Table) -> list[str]:
    """Tables of a case in which a row must be for this table to refer to."""
    return [
        key.column.table.name
        for column in table.c
        if not column.nullable
        for key in column.foreign_keys
        if key.column.table not in (tables.cases, tables.raws)
    ]


def changeable(column: Column[Any]) -> bool:
    """Recorded, and free of keys and references."""
    unique = {c.name for index in column.table.constraints for c in getattr(index, "columns", ())}
    unique |= {c.name for index in column.table.indexes if index.unique for c in index.columns}
    return (
        column.info.get("recorded", True)
        and not column.foreign_keys
        and not column.unique
        and column.name not in unique
    )


def any_value(column: Column[Any], chance: random.Random) -> Any:
    """Any value that the column takes."""
    if column.nullable and chance.random() < 0.2:
        return None
    kind = column.type
    if isinstance(kind, Moment):
        zone = timezone(timedelta(minutes=chance.randint(-700, 700)))
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(10**15))
        return moment.astimezone(zone)
    if isinstance(kind, Amount):
        return Decimal(chance.randint(-(10**9), 10**9)).scaleb(-chance.randint(0, 6))
    if isinstance(kind, JSON):
        return _any_json(chance, 2)
    if isinstance(kind, Boolean):
        return chance.random() < 0.5
    if isinstance(kind, Date):
        return date(2026, 1, 1) + timedelta(days=chance.randrange(1000))
    if isinstance(kind, Integer):
        return chance.randrange(2**62 if isinstance(kind, BigInteger) else 2**31)
    return (chance.choice(_WORDS) + str(chance.randrange(1000)))[: getattr(kind, "length", None)]


def _any_json(chance: random.Random, depth: int) -> Any:
    if depth and chance.random() < 0.5:
        return {chance.choice(_WORDS): _any_json(chance, depth - 1) for _ in range(3)}
    if depth and chance.random() < 0.5:
        return [_any_json(chance, depth - 1) for _ in range(2)]
    return chance.choice([None, True, False, 0, 1, 1.5, -(10**18), *_WORDS])
