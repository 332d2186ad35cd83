"""How much came from somebody and went to somebody lately, counted by index and never further
than it matters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from cases.lifecycle import OPEN_STATES
from storage.tables import cases, contacts, deliveries, messages

_OPEN: Final = tuple(sorted(state.value for state in OPEN_STATES))
# One clock must not answer for more than a day of mails.
_BURST_LASTS: Final = timedelta(hours=24)


def automatic_letters(
    connection: Connection,
    since: datetime,
    most: int,
    *,
    address: str | None = None,
    domain: str | None = None,
) -> int:
    """Deliveries of automatic letters queued after `since` (to one address, to one domain); up to
    `most`, for more is the same."""
    where: list[ColumnElement[bool]] = [deliveries.c.braked_at > since]
    if address is not None:
        where.append(deliveries.c.address == address)
    if domain is not None:
        where.append(deliveries.c.domain == domain)
    some = select(deliveries.c.id).where(*where).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def mails_of_senders(
    connection: Connection, addresses: Collection[str], after: datetime, until: datetime
) -> dict[str, int]:
    """How many mails each of these addresses sent in the time; those without any are absent."""
    found = connection.execute(
        select(messages.c.from_address, func.count())
        .where(
            messages.c.from_address.in_(sorted(addresses)),
            messages.c.arrived_at > after,
            messages.c.arrived_at <= until,
        )
        .group_by(messages.c.from_address)
    )
    return {address: count for address, count in found}  # noqa: C416 - rows are no pairs to mypy


def mails_of(
    connection: Connection, address: str, after: datetime, until: datetime, most: int
) -> int:
    """How many mails an address sent in the time; up to `most`, for more is the same."""
    some = (
        select(messages.c.id)
        .where(
            messages.c.from_address == address,
            messages.c.arrived_at > after,
            messages.c.arrived_at <= until,
        )
        .limit(most)
        .subquery()
    )
    return connection.scalar(select(func.count()).select_from(some)) or 0


def burst_of(connection: Connection, address: str, at: datetime) -> int | None:
    """The open case that collects the flood of this sender, if one has begun within a day."""
    return connection.scalar(
        select(cases.c.id)
        .where(
            cases.c.burst_of == address,
            cases.c.arrived_at > at - _BURST_LASTS,
            cases.c.arrived_at <= at,
            cases.c.state.in_(_OPEN),
        )
        .order_by(cases.c.id.desc())
        .limit(1)
    )


def is_confirmed(connection: Connection, contact_id: int) -> bool:
    """Whether a person has said who this contact is (R-33)."""
    query = select(contacts.c.confirmed).where(contacts.c.id == contact_id)
    return bool(connection.scalar(query))


def authentication_of(connection: Connection, message_id: int) -> dict[str, Any]:
    """What our mail server found out about the sender of a mail; {} when nothing."""
    query = select(messages.c.authentication).where(messages.c.id == message_id)
    return connection.scalar(query) or {}
