"""What somebody wrote lately and what we wrote to him, for telling machines from people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.tables import deliveries, letters, messages


def of_sender(
    connection: Connection, address: str, since: datetime, limit: int
) -> list[tuple[str, str]]:
    """Subject and new text of the last mails of this sender that are in a case."""
    found = connection.execute(
        select(messages.c.subject, messages.c.new_text)
        .where(
            messages.c.from_address == address,
            messages.c.arrived_at > since,
            messages.c.case_id.is_not(None),
        )
        .order_by(messages.c.arrived_at.desc())
        .limit(limit)
    )
    return [(row.subject, row.new_text) for row in found]


def automatic_to(connection: Connection, address: str, since: datetime) -> int:
    """How many automatic letters reached this address since then."""
    found = connection.scalar(
        select(func.count())
        .select_from(deliveries.join(letters, letters.c.id == deliveries.c.letter_id))
        .where(
            deliveries.c.address == address,
            deliveries.c.accepted_at > since,
            letters.c.automatic.is_(True),
        )
    )
    return found or 0
