"""The global brake: while a stop has not ended, nothing leaves. Ended ones stay, for the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.tables import outbox_stops

# For a WHERE: nobody has stopped the outbox.
NOT_STOPPED = ~select(outbox_stops.c.id).where(outbox_stops.c.ended_at.is_(None)).exists()


def current(connection: Connection) -> Row[Any] | None:
    """The stop that holds everything back now: who, since when and why."""
    return connection.execute(
        select(outbox_stops).where(outbox_stops.c.ended_at.is_(None)).order_by(outbox_stops.c.id)
    ).first()


def begin(tx: Connection, values: Mapping[str, Any]) -> None:
    """Stop the outbox. `values`: id, stopped_at, stopped_by, why."""
    tx.execute(insert(outbox_stops).values(**values))


def end(tx: Connection, at: datetime, by: str, why: str) -> int:
    """End every stop; return how many those were."""
    ended = {"ended_at": at, "ended_by": by, "ended_why": why}
    done = tx.execute(update(outbox_stops).where(outbox_stops.c.ended_at.is_(None)).values(**ended))
    return done.rowcount
