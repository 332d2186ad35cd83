"""Rows that the schema takes, and a book to write them with."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, Table, insert

from storage import tables
from storage.book import Book
from storage.changes import Change, Insert
from storage.database import Database
from storage.types import Amount, Moment

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SENDER: Final = "wei@factory.example"

T = TypeVar("T")

_numbers = itertools.count(1)


def new_id() -> int:
    """An id that no other row of this run has."""
    return 3_700_000_000_000_000_000 + next(_numbers)


def salt() -> str:
    """32 characters, new ones at each call, the same ones in each run."""
    return hashlib.sha256(str(next(_numbers)).encode()).hexdigest()[:32]


def row(table: Table, **values: Any) -> dict[str, Any]:
    """A row with the given values, and the least that the other columns must have."""
    needed = {
        column.name: _least(column)
        for column in table.c
        if not column.nullable and column.info.get("recorded", True) and not column.foreign_keys
    }
    if "id" in needed:
        needed["id"] = new_id()
    if table is tables.cases:
        needed["seq"] = next(_numbers)
        needed["number"] = f"KS2026-{needed['seq']}"
    if table is tables.messages:
        needed |= {"text": "", "new_text": ""}
    if table is tables.deliveries:
        needed["fence"] = 0
    return needed | values


def _least(column: Column[Any]) -> Any:
    kinds: tuple[tuple[type[Any], Any], ...] = (
        (Moment, NOW),
        (Amount, Decimal(0)),
        (JSON, []),
        (Boolean, False),
        (Integer, 0),
        (Date, date(2026, 3, 2)),
        (LargeBinary, b""),
    )
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "x")


@contextmanager
def writing(db: Database, at: datetime = NOW) -> Iterator[Book]:
    """One transaction, as `service.wiring.Wiring.happening` makes it."""
    with db.write() as tx:
        book = Book(tx, at, salt)
        yield book
        book.flush()


def record(book: Book, case_id: int | None, *changes: Change, kind: str = "tested") -> None:
    """Change rows of a case."""
    book.record(case_id, kind, *changes, actor=f"customer:{SENDER}", cause="mail:abc")


def new_case(db: Database, *changes: Change, **values: Any) -> int:
    """Register a case; return its id."""
    case = row(tables.cases, **values)
    with writing(db) as book:
        record(book, case["id"], Insert(tables.cases, case), *changes, kind="registered")
    return int(case["id"])


def new_letter(db: Database, case_id: int, **values: Any) -> int:
    """Promise a letter; return its id."""
    letter = row(tables.letters, case_id=case_id, state="promised") | values
    with writing(db) as book:
        record(book, case_id, Insert(tables.letters, letter))
    return int(letter["id"])


def new_deliveries(db: Database, case_id: int, count: int, **values: Any) -> list[int]:
    """Queue a letter with so many deliveries, due at NOW; return their ids."""
    letter_id = new_letter(db, case_id, state="queued")
    with writing(db) as book:
        raw = keep_raw(book)
        made = [
            row(
                tables.deliveries,
                letter_id=letter_id,
                case_id=case_id,
                raw_sha256=raw,
                state="queued",
                next_attempt_at=NOW,
            )
            | values
            for _ in range(count)
        ]
        record(book, case_id, *(Insert(tables.deliveries, one) for one in made))
    return [one["id"] for one in made]


def keep_raw(book: Book) -> str:
    """Keep some raw mail; return its sha256."""
    sha256 = hashlib.sha256(str(next(_numbers)).encode()).hexdigest()
    book.tx.execute(insert(tables.raws).values(row(tables.raws, sha256=sha256)))
    return sha256


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Let every work begin at the same moment in a thread of its own; return what they returned."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        gate.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
