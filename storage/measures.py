"""Measures as their owners meet them, when their moment comes (R-10), and the files that show that
they were done (R-26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from cases.errors import NotFound
from cases.lifecycle import OPEN_STATES, State
from storage import tables
from storage.changes import plain
from storage.records import Measure

# A measure of a closed case is still owed: prevention goes on when the customer has approved.
_OWED_IN: Final = tuple(sorted(state.value for state in (*OPEN_STATES, State.CLOSED)))
_MOST: Final = 200


def owed_by(connection: Connection, owner: str) -> list[dict[str, Any]]:
    """What this user has to do, the most urgent first; found by index."""
    measures, cases = tables.measures, tables.cases
    found = connection.execute(
        select(
            *(measures.c[name] for name in ("id", "kind", "text", "due_on", "moved_why")),
            *(cases.c[name] for name in ("number", "subject", "manager")),
        )
        .join(cases, cases.c.id == measures.c.case_id)
        .where(
            measures.c.owner == owner,
            measures.c.done_at.is_(None),
            cases.c.state.in_(_OWED_IN),
        )
        .order_by(measures.c.due_on, measures.c.id)
        .limit(_MOST)
    )
    # As text, as everywhere in JSON: an id has 63 bits.
    return [
        {**{name: plain(value) for name, value in row._mapping.items()}, "id": str(row.id)}
        for row in found
    ]


def file(connection: Connection, file_id: int) -> dict[str, Any]:
    """The row of a file that shows that a measure was done."""
    table = tables.measure_files
    row = connection.execute(select(table).where(table.c.id == file_id)).first()
    if row is None:
        raise NotFound(f"there is no file {file_id}")
    return dict(row._mapping)


def striking(connection: Connection, now: datetime, limit: int) -> list[Measure]:
    """Measures that warn or are due, oldest first."""
    found = connection.execute(
        select(tables.measures)
        .where(tables.measures.c.strikes_at <= now)
        .order_by(tables.measures.c.strikes_at)
        .limit(limit)
    )
    return [Measure.of(row) for row in found]


def ahead(connection: Connection, now: datetime, after: int, limit: int) -> list[Measure]:
    """A page of the measures that will warn or be due later, by id."""
    table = tables.measures
    found = select(table).where(table.c.strikes_at > now, table.c.id > after)
    return [Measure.of(row) for row in connection.execute(found.order_by(table.c.id).limit(limit))]


def strikes_still(tx: Connection, measure: Measure) -> bool:
    """Whether nobody did or moved it in between. Under the lock of its case."""
    return measure.strikes_at is not None and measure.strikes_at == tx.scalar(
        select(tables.measures.c.strikes_at).where(tables.measures.c.id == measure.id)
    )
