"""Deliveries of which nobody knows whether they left, and what could prove that they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.order import hold_case
from storage.records import Delivery, FromRow
from storage.tables import (
    cases,
    deliveries,
    letters,
    mailboxes,
    messages,
    sightings,
    tokens,
)


@dataclass(frozen=True, slots=True)
class Sought(FromRow):
    """A delivery that is looked for, with our own id of its letter and the letter's mailbox."""

    id: int
    letter_id: int
    case_id: int
    message_id: str
    mailbox: str
    sought_since: datetime


def sought(connection: Connection, limit: int) -> list[Sought]:
    """Deliveries that are looked for, those that waited longest first."""
    found = connection.execute(
        select(deliveries, letters.c.message_id, cases.c.mailbox)
        .join(letters, letters.c.id == deliveries.c.letter_id)
        .join(cases, cases.c.id == deliveries.c.case_id)
        .where(deliveries.c.state == "uncertain", deliveries.c.sought_since.is_not(None))
        .order_by(deliveries.c.sought_since)
        .limit(limit)
    )
    return [Sought.of(row) for row in found]


def still(tx: Connection, one: Sought) -> Delivery | None:
    """The delivery, if it is still looked for; then it is held until the transaction ends."""
    hold_case(tx, one.case_id)
    row = tx.execute(
        select(deliveries)
        .where(
            deliveries.c.id == one.id,
            deliveries.c.state == "uncertain",
            deliveries.c.sought_since == one.sought_since,
        )
        .with_for_update()
    ).first()
    return None if row is None else Delivery.of(row)


def recipients(connection: Connection, letter_id: int) -> int:
    """How many deliveries the letter has."""
    query = select(func.count()).where(deliveries.c.letter_id == letter_id)
    return connection.scalar(query) or 0


def own_mails(connection: Connection, message_id: str) -> list[str]:
    """The texts of our own mails with this Message-ID that came back to a mailbox of ours."""
    found = connection.scalars(
        select(messages.c.text).where(
            messages.c.message_id == message_id,
            messages.c.direction == "in",
            messages.c.kind == "own",
        )
    )
    return list(found)


def delivery_of_token(connection: Connection, sha256: str) -> int | None:
    """The delivery whose copy carries this token."""
    return connection.scalar(select(tokens.c.delivery_id).where(tokens.c.sha256 == sha256))


def read_since(connection: Connection, mailbox: str, moment: datetime) -> bool:
    """Whether the mailbox was read after this moment, and all that was found is registered."""
    polled = connection.scalar(select(mailboxes.c.polled_at).where(mailboxes.c.name == mailbox))
    waiting = connection.scalar(
        select(sightings.c.uid)
        .where(sightings.c.mailbox == mailbox, sightings.c.state == "fetched")
        .limit(1)
    )
    return polled is not None and polled >= moment and waiting is None
