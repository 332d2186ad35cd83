"""What somebody wrote lately and what we wrote to him, for telling machines from people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from storage.tables import cases, contacts, deliveries, letters, messages

# Of a free-mail domain: more names than that say nothing of one ticket system.
_MOST: Final = 1000
STAY: Final = ("draft", "held", "withdrawn")


def of_senders(
    connection: Connection, addresses: Collection[str], since: datetime, limit: int
) -> list[tuple[str, str]]:
    """Subject and new text of the last mails of these senders that are in a case."""
    found = connection.execute(
        select(messages.c.subject, messages.c.new_text)
        .where(
            messages.c.from_address.in_(sorted(addresses)),
            messages.c.arrived_at > since,
            messages.c.case_id.is_not(None),
        )
        .order_by(messages.c.arrived_at.desc())
        .limit(limit)
    )
    return [(row.subject, row.new_text) for row in found]


def automatic_to(connection: Connection, addresses: Collection[str], since: datetime) -> int:
    """How many automatic letters were made for these addresses since then and left, or will."""
    return sum(automatic_to_each(connection, addresses, since).values())


def automatic_to_each(
    connection: Connection, addresses: Collection[str], since: datetime
) -> dict[str, int]:
    """The same for each address by itself; those without any are absent."""
    found = connection.execute(
        select(contacts.c.address, func.count())
        .select_from(
            contacts.join(cases, cases.c.contact_id == contacts.c.id).join(
                letters, letters.c.case_id == cases.c.id
            )
        )
        .where(
            contacts.c.address.in_(sorted(addresses)),
            letters.c.created_at > since,
            letters.c.automatic.is_(True),
            # Not those that leave: SQLite would begin with all letters that were ever done.
            letters.c.state.not_in(STAY),
        )
        .group_by(contacts.c.address)
    )
    return {address: count for address, count in found}  # noqa: C416 - rows are no pairs to mypy


def reached(connection: Connection, addresses: Collection[str], since: datetime) -> set[str]:
    """For which of these addresses an automatic letter was accepted since then."""
    found = connection.scalars(
        select(deliveries.c.address)
        .join(letters, letters.c.id == deliveries.c.letter_id)
        .where(
            deliveries.c.address.in_(sorted(addresses)),
            deliveries.c.braked_at.is_not(None),  # as the index has it
            deliveries.c.accepted_at > since,
            letters.c.automatic.is_(True),
        )
        .distinct()
    )
    return set(found)


def written_to(connection: Connection, domain: str, since: datetime) -> list[str]:
    """Addresses of a domain to which automatic letters were queued since then."""
    found = connection.scalars(
        select(deliveries.c.address)
        .where(deliveries.c.domain == domain, deliveries.c.braked_at > since)
        .distinct()
        .limit(_MOST)
    )
    return list(found)
