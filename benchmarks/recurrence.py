"""What finding recurrences costs beside 1,000 and beside 100,000 cases (R-30).

python -m benchmarks.recurrence [--cases 1000 100000] [--looks 200] [--database sqlite|postgres]
                                [--json]

The database is filled with cases of customers with 250 cases and 30 parts each, one in three with
a picture, and their marks. Then new cases of these customers are looked for: milliseconds for what
the sweep does between its two transactions (candidates by index, reading them, judging).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, insert

from cases.recurrence import Part, Told, hints
from storage import comparing, tables
from storage.database import Database
from tests.servers.postgres import PrivatePostgres
from tests.storage.rows import row

_CASES_OF_CUSTOMER: Final = 250
_PARTS: Final = 30
_BLOCK: Final = 2000
_NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_MINUTES: Final = 2 * 365 * 24 * 60
_WORDS: Final = (
    "The thread is too wide, screws spin.",
    "表面有划伤，请处理。",
    "Die Kanten haben Grat.",
    "The bore measures 8.06, too big.",
    "La peinture se décolle.",
    "Two pieces broke near the weld.",
    "Parts arrived rusty in a wet carton.",
    "Mixed parts in the box, see the photo.",
)
Rows = list[dict[str, Any]]


def measure(db: Database, every: int, looks: int) -> dict[str, float]:
    """Fill up to `every` cases, and time looks of new ones."""
    chance = Random(1)
    customers = _fill(db, every, chance)
    took, worked, candidates = [], [], []
    for number in range(looks):
        case = _told(0, chance.choice(customers), number, chance, _NOW + timedelta(minutes=number))
        with db.read() as connection:
            began, busy = time.perf_counter(), time.process_time()
            others = comparing.told(connection, comparing.found_by(connection, case))
            hints(case, others)
            took.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - busy) * 1000)
        candidates.append(len(others))
    took.sort()
    return {
        "cases": every,
        "median_ms": round(statistics.median(took), 2),
        "cpu_ms": round(statistics.median(worked), 2),
        "p95_ms": round(took[int(0.95 * len(took))], 2),
        "candidates": statistics.median(candidates),
    }


def _fill(db: Database, every: int, chance: Random) -> Sequence[int]:
    people = [
        row(tables.customers, code=f"C{n}", name=f"C{n}", confirmed=True, created_at=_NOW)
        for n in range(max(1, every // _CASES_OF_CUSTOMER))
    ]
    with db.write() as tx:
        tx.execute(insert(tables.customers), people)
    customers = [one["id"] for one in people]
    for first in range(0, every, _BLOCK):
        with db.write() as tx:
            _block(tx, customers, range(first, min(first + _BLOCK, every)), chance)
    return customers


def _block(tx: Connection, customers: Sequence[int], numbers: range, chance: Random) -> None:
    cases, lines, messages, files, sights = Rows(), Rows(), Rows(), Rows(), Rows()
    told = []
    for number in numbers:
        arrived = _NOW - timedelta(minutes=chance.randrange(_MINUTES))
        customer = chance.choice(customers)
        values = {"customer_id": customer, "arrived_at": arrived, "state": "closed"}
        case = row(tables.cases, **values, history_seq=0, history_hash="")
        one = _told(case["id"], customer, number, chance, arrived)
        told.append(one)
        cases.append(case)
        part = one.parts[0].number
        lines.append(row(tables.lines, case_id=one.id, position=1, part_number=part))
        said = {"case_id": one.id, "direction": "in", "new_text": one.text, "arrived_at": arrived}
        messages.append(row(tables.messages, **said))
        for picture in one.pictures:
            name = f"{number:064}"
            sights.append({"sha256": name, "sights": picture})
            owner = {"message_id": messages[-1]["id"], "case_id": one.id, "sha256": name}
            files.append(row(tables.attachments, **owner))
    for table, rows in (
        (tables.cases, cases),
        (tables.lines, lines),
        (tables.messages, messages),
        (tables.picture_sights, sights),
        (tables.attachments, files),
    ):
        if rows:
            tx.execute(insert(table), rows)
    comparing.put_marks(tx, told)


def _told(case_id: int, customer: int, number: int, chance: Random, at: datetime) -> Told:
    part = f"{customer % 1000}-{chance.randrange(_PARTS)}"
    seen = tuple(f"{chance.getrandbits(128):032x}" for _ in range(3))
    text = f"Part number {part}\n{chance.choice(_WORDS)} Order 45{number:06}."
    pictures = (".".join(seen),) if chance.random() < 1 / 3 else ()
    return Told(case_id, f"B-{number}", customer, (Part(part, ""),), text, at, pictures)


@contextmanager
def _databases(kind: str) -> Iterator[Iterator[Database]]:
    """As many empty ones as are asked for."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield (Database(f"sqlite:///{folder}/{n}.sqlite") for n in range(100))
            return
        with PrivatePostgres() as server:
            yield _fresh(server)


def _fresh(server: PrivatePostgres) -> Iterator[Database]:
    while True:
        with server.fresh_database() as url:
            yield Database(url)


def main() -> int:
    """Print a line for each number of cases."""
    asked = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    asked.add_argument("--cases", type=int, nargs="+", default=[1000, 100_000])
    asked.add_argument("--looks", type=int, default=200)
    asked.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    found = []
    with _databases(given.database) as fresh:
        for every, db in zip(given.cases, fresh, strict=False):
            db.upgrade()
            found.append(measure(db, every, given.looks))
            db.close()
    if given.json:
        print(json.dumps(found))
    for one in () if given.json else found:
        print(", ".join(f"{value} {name}" for name, value in one.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
