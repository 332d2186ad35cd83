"""Mails of ours to ourselves: noted before they leave, ticked off when they are seen again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from storage.tables import round_trips
from storage.upsert import insert_into


def begin(tx: Connection, mailbox: str, slot: int, message_id: str, at: datetime) -> bool:
    """Note the trip of this interval. False: another node has begun it."""
    row = {"mailbox": mailbox, "slot": slot, "message_id": message_id, "sent_at": at}
    noted = insert_into(tx, round_trips).values(row).on_conflict_do_nothing()
    return tx.execute(noted.returning(round_trips.c.slot)).first() is not None


def is_ours(connection: Connection, message_id: str) -> bool:
    """Whether this Message-ID is that of a trip."""
    found = select(round_trips.c.slot).where(round_trips.c.message_id == message_id)
    return connection.execute(found).first() is not None


def is_back(tx: Connection, message_id: str, at: datetime) -> None:
    """The mail was seen again, for the first time."""
    tx.execute(
        update(round_trips)
        .where(round_trips.c.message_id == message_id, round_trips.c.back_at.is_(None))
        .values(back_at=at)
    )


def overdue(connection: Connection, mailbox: str, before: datetime) -> datetime | None:
    """When the last trip left that should be back (sent until `before`) and is not; None: all is
    well, also when a later one came back."""
    mine = round_trips.c.mailbox == mailbox
    away = connection.scalar(
        select(func.max(round_trips.c.sent_at)).where(
            mine, round_trips.c.back_at.is_(None), round_trips.c.sent_at <= before
        )
    )
    back = connection.scalar(
        select(func.max(round_trips.c.sent_at)).where(mine, round_trips.c.back_at.is_not(None))
    )
    return away if away is not None and (back is None or back < away) else None


def last_seconds(connection: Connection, mailbox: str) -> float | None:
    """How long the last trip that came back took."""
    row = connection.execute(
        select(round_trips.c.sent_at, round_trips.c.back_at)
        .where(round_trips.c.mailbox == mailbox, round_trips.c.back_at.is_not(None))
        .order_by(round_trips.c.slot.desc())
        .limit(1)
    ).first()
    return (row.back_at - row.sent_at).total_seconds() if row else None
