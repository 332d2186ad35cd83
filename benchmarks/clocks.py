"""What a sweep over clocks costs: nothing due and ten due, among 1,000 cases and 1,000,000.

python -m benchmarks.clocks [--cases N ...] [--rounds 20] [--database sqlite|postgres]

Cases with a running clock each are inserted in bulk, all of them due in years to come; then the
service's own `strike_due` looks for clocks whose moment has come. Rounds alternate between the
sizes, so that the ratio is one of the same minutes. The plan of the question is printed too: an
index answers it, and what is stopped or paused is not in that index.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, text, update

from service.striking import strike_due
from storage import tables
from tests.fault.year_desk import Desk
from tests.servers.postgres import PrivatePostgres
from tests.shop import START

DUE: Final = (0, 10)
# The cost must not grow with the cases: a thousand times as many may not cost twice as much.
MOST_RATIO: Final = 2.0
_BATCH: Final = 10_000
_FIRST_ID: Final = 1_000


@dataclass
class Size:
    """One database, and the seconds of its sweeps: due -> rounds."""

    cases: int
    desk: Desk
    seconds: dict[int, list[float]] = field(default_factory=lambda: {due: [] for due in DUE})
    plan: str = ""

    def median(self, due: int) -> float:
        return statistics.median(self.seconds[due])


def run(sizes: Sequence[Size], rounds: int) -> None:
    """Measure every size in turn, with nothing due and with ten due."""
    for number in range(rounds + 1):  # the first is not counted: caches are cold
        for size in sizes:
            for due in DUE:
                _make_due(size.desk, number, due)
                began = time.perf_counter()
                struck = strike_due(size.desk.w)
                seconds = time.perf_counter() - began
                assert struck == due
                if number:
                    size.seconds[due].append(seconds)


def _make_due(desk: Desk, number: int, due: int) -> None:
    """The moment of so many clocks comes; each is told once."""
    desk.clock.now += timedelta(seconds=1)
    first = _FIRST_ID + number * max(DUE)
    with desk.w.db.write() as tx:
        for place in range(due):
            tx.execute(
                update(tables.clocks)
                .where(tables.clocks.c.id == first + place)
                .values(due_at=desk.clock.now, strikes_at=desk.clock.now)
            )


def fill(desk: Desk, cases: int) -> None:
    """Insert so many cases, with a clock each that is due in years to come."""
    with desk.w.db.write() as tx:
        for first in range(_FIRST_ID, _FIRST_ID + cases, _BATCH):
            ids = range(first, min(first + _BATCH, _FIRST_ID + cases))
            tx.execute(insert(tables.cases), [_case(one) for one in ids])
            tx.execute(insert(tables.clocks), [_clock(one) for one in ids])
    with desk.w.db.write() as tx:
        tx.execute(text("ANALYZE"))


def _case(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"KS2026-{number}",
        "series": "KS{year}-{seq}",
        "year": 2026,
        "seq": number,
        "mailbox": "complaints",
        "state": "in_progress",
        "round": 1,
        "subject": "Thread too wide",
        "language": "en",
        "manager": "li",
        "priority": False,
        "formal": False,
        "arrived_at": START,
        "registered_at": START,
        "history_seq": 0,
        "history_hash": "0" * 64,
    }


def _clock(number: int) -> dict[str, Any]:
    due = START + timedelta(days=3650, seconds=number)
    return {
        "id": number,
        "case_id": number,
        "name": "acknowledgment",
        "round": 1,
        "state": "started",
        "time": "1 business day",
        "calendar": "default",
        "started_at": START,
        "due_at": due,
        "strikes_at": due,
        "warned": 0,
    }


def plan_of(connection: Connection, now: datetime) -> str:
    """How the database answers which clocks strike."""
    clocks = tables.clocks
    query = clocks.select().where(clocks.c.strikes_at <= now).order_by(clocks.c.strikes_at)
    literal = {"literal_binds": True}
    asked = query.limit(200).compile(dialect=connection.dialect, compile_kwargs=literal)
    word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{word} {asked}").all()
    return "; ".join(str(row[-1]).strip() for row in rows)


@contextmanager
def made(counts: Sequence[int], kind: str) -> Iterator[list[Size]]:
    """Databases with so many cases each, thrown away afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-clocks-")))
        server = stack.enter_context(PrivatePostgres()) if kind == "postgres" else None
        sizes = []
        for cases in counts:
            own = folder / str(cases)
            own.mkdir()
            url = f"sqlite:///{own}/amends.sqlite"
            if server is not None:
                url = stack.enter_context(server.fresh_database())
            desk = stack.enter_context(Desk.open(own, url))
            began = time.monotonic()
            fill(desk, cases)
            sys.stderr.write(f"{cases} cases are there, {time.monotonic() - began:.0f} s\n")
            size = Size(cases, desk)
            with desk.w.db.read() as connection:
                size.plan = plan_of(connection, START)
            sizes.append(size)
        yield sizes


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 when a sweep grows with the cases, or no index answers."""
    parser = argparse.ArgumentParser(prog="./run bench clocks")
    parser.add_argument("--cases", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # every warning of a clock is a line
    with made(given.cases, given.database) as sizes:
        run(sizes, given.rounds)
    wrong = False
    for size in sizes:
        indexed = "ix_clocks_strikes_at" in size.plan
        wrong |= not indexed
        sys.stdout.write(f"{size.cases} cases, {given.database}: {size.plan}\n")
        for due in DUE:
            sys.stdout.write(f"  a sweep with {due} due: {size.median(due) * 1000:.2f} ms\n")
    for due in DUE:
        ratio = sizes[-1].median(due) / sizes[0].median(due)
        wrong |= ratio > MOST_RATIO
        sys.stdout.write(
            f"{due} due: {sizes[-1].cases} cases cost {ratio:.2f} times {sizes[0].cases}\n"
        )
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
