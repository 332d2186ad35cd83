"""What is known of every try to carry a delivery: that it began, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.lease import outlasts
from storage.records import Delivery
from storage.tables import attempts, deliveries

DOT: Final = "dot"  # an attempt's outcome while the final dot is on its way


def begin(tx: Connection, delivery_id: int, number: int, at: datetime) -> None:
    """Every attempt is kept, also one that nobody saw the end of."""
    tx.execute(insert(attempts).values(delivery_id=delivery_id, number=number, started_at=at))


def patience_spent(tx: Connection, delivery_id: int) -> int:
    """How many attempts count towards giving up: not those that our own settings blocked."""
    return (
        tx.scalar(
            select(func.count()).where(
                attempts.c.delivery_id == delivery_id,
                (attempts.c.outcome.is_(None)) | (attempts.c.outcome != "blocked"),
            )
        )
        or 0
    )


def end(
    tx: Connection, delivery: Delivery, at: datetime, outcome: str, code: int | None, text: str
) -> bool:
    """Note how the last attempt ended: what a server said, and no state. False: too late.

    After the dot also without the lease, or a letter that is known to have arrived would leave
    again; but never when somebody has seen to the delivery since.
    """
    held = select(deliveries.c.id).where(
        deliveries.c.id == delivery.id,
        deliveries.c.fence == delivery.fence,
        deliveries.c.state == "sending",
        outlasts(deliveries.c.lease_until, tx) | (attempts.c.outcome == DOT),
    )
    done = tx.execute(
        update(attempts)
        .where(
            attempts.c.delivery_id == delivery.id,
            attempts.c.number == delivery.attempts,
            held.exists(),
        )
        .values(ended_at=at, outcome=outcome, reply_code=code, reply_text=text)
    )
    return done.rowcount == 1


def last(connection: Connection, delivery: Delivery) -> Row[Any] | None:
    """What is known of the delivery's last attempt."""
    return connection.execute(
        select(attempts).where(
            attempts.c.delivery_id == delivery.id, attempts.c.number == delivery.attempts
        )
    ).first()
