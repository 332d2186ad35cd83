"""Measures whose moment has come, found by index (R-10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from storage.records import Measure
from storage.tables import measures


def striking(connection: Connection, now: datetime, limit: int) -> list[Measure]:
    """Measures that warn or are due, oldest first."""
    found = connection.execute(
        select(measures)
        .where(measures.c.strikes_at <= now)
        .order_by(measures.c.strikes_at)
        .limit(limit)
    )
    return [Measure.of(row) for row in found]


def strikes_still(tx: Connection, measure: Measure) -> bool:
    """Whether nobody did or moved it in between. Under the lock of its case."""
    return measure.strikes_at is not None and measure.strikes_at == tx.scalar(
        select(measures.c.strikes_at).where(measures.c.id == measure.id)
    )
