"""R-42 on both databases: the figures of each customer, year by year."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from storage import counted
from storage import tables as t
from storage.database import Database
from tests.storage.rows import new_case, new_id, row, writing

BERLIN = ZoneInfo("Europe/Berlin")


def test_lines_are_counted_in_the_year_of_the_complaint_and_a_chain_once(db: Database) -> None:
    with writing(db) as book:
        customer = row(t.customers, id=new_id(), code="RK29", name="Beispiel")
        book.tx.execute(insert(t.customers), [customer])
    # New Year's Eve in UTC is the next year in Berlin.
    late = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    early = datetime(2026, 2, 1, tzinfo=UTC)
    mine = {"customer_id": customer["id"], "round": 1}
    first = new_case(db, state="re_registered", arrived_at=late, **mine)
    second = new_case(db, state="closed", arrived_at=early, predecessor_id=first, **mine)
    other = new_case(db, state="closed", arrived_at=datetime(2025, 5, 1, tzinfo=UTC), **mine)
    gone = new_case(db, state="dismissed", arrived_at=early, **mine)
    with writing(db) as book:
        lines = [(first, 1), (second, 1), (second, 2), (other, 1), (gone, 1)]
        rows = [row(t.lines, id=new_id(), case_id=case, position=at) for case, at in lines]
        book.tx.execute(insert(t.lines), rows)
        book.tx.execute(update(t.cases).where(t.cases.c.id == other).values(round=2))
    with db.read() as connection:
        assert counted.counts(connection, BERLIN) == [
            _figures("2025", 1, 1, 0, 2),
            _figures("2026", 1, 2, 1, 2),
            _figures("total", 2, 3, 1, 4),
        ]


def _figures(year: str, cases: int, lines: int, anew: int, rounds: int) -> dict[str, object]:
    return {
        "customer": "RK29",
        "year": year,
        "registrations": cases,
        "failures": lines,
        "registered_anew": anew,
        "rounds": rounds,
    }
