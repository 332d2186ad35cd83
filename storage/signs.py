"""The signs of health that stand in the database. Counts and times only, nothing of anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, or_, select

from cases.lifecycle import OPEN_STATES
from storage.tables import (
    attempts,
    cases,
    deliveries,
    letters,
    mailboxes,
    marks,
    messages,
    outbox_stops,
    sightings,
    tasks,
)
from storage.upsert import insert_into

_UNSENT: Final = ("queued", "sending", "deferred", "uncertain")


def mark(tx: Connection, at: datetime) -> None:
    """Write something small: only what was written proves that there is room and a right."""
    statement = insert_into(tx, marks).values(name="health", at=at)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at}))


def polls(connection: Connection) -> dict[str, datetime]:
    """When each mailbox was read last."""
    found = connection.execute(select(mailboxes.c.name, mailboxes.c.polled_at))
    return {row.name: row.polled_at for row in found if row.polled_at is not None}


def oldest_waiting_mail(connection: Connection) -> datetime | None:
    """Since when the oldest mail waits that was fetched and not registered."""
    oldest: datetime | None = connection.scalar(
        select(func.min(sightings.c.seen_at)).where(sightings.c.state == "fetched")
    )
    return oldest


def oldest_unsent(connection: Connection, *, automatic: bool) -> datetime | None:
    """Since when the oldest letter waits that may leave: held and later ones wait on purpose."""
    promised = connection.scalar(
        select(func.min(letters.c.created_at)).where(
            letters.c.state == "promised", letters.c.automatic.is_(automatic)
        )
    )
    # From its first try on; before that, from when it might have been tried. A letter that is sent
    # once more begins anew.
    tried = (
        select(func.min(attempts.c.started_at))
        .where(
            attempts.c.delivery_id == deliveries.c.id,
            or_(
                deliveries.c.accepted_at.is_(None),
                attempts.c.started_at > deliveries.c.accepted_at,
            ),
        )
        .scalar_subquery()
    )
    queued = connection.scalar(
        select(func.min(func.coalesce(tried, deliveries.c.next_attempt_at)))
        .select_from(deliveries)
        .join(letters, letters.c.id == deliveries.c.letter_id)
        .where(
            letters.c.state == "queued",
            letters.c.automatic.is_(automatic),
            deliveries.c.state.in_(_UNSENT),
            deliveries.c.next_attempt_at.is_not(None),
        )
    )
    return min((one for one in (promised, queued) if one is not None), default=None)


class Counts(NamedTuple):
    """How much there is of everything."""

    sightings_waiting: int
    cases_open: int
    tasks_open: int
    letters_unsent: int
    letters_held: int
    acknowledgments_withheld: int
    unreadable: int
    deliveries: dict[str, int]


def counts(connection: Connection) -> Counts:
    """Count. A scan of the deliveries: not for every look."""
    unresolved = tasks.c.resolved_at.is_(None)

    def number(column: object, *where: object) -> int:
        return connection.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]  # conditions of three kinds

    states = connection.execute(
        select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    )
    return Counts(
        number(sightings, sightings.c.state == "fetched"),
        number(cases, cases.c.state.in_([state.value for state in OPEN_STATES])),
        number(tasks, unresolved),
        number(letters, letters.c.state.in_(("promised", "queued"))),
        number(letters, letters.c.state == "held"),
        number(tasks, unresolved, tasks.c.kind == "acknowledgment_withheld"),
        number(messages, messages.c.kind == "unreadable"),
        {row[0]: row[1] for row in states},
    )


def is_stopped(connection: Connection) -> bool:
    """Whether the global brake is on: nothing leaves."""
    running = select(outbox_stops.c.id).where(outbox_stops.c.ended_at.is_(None))
    return connection.execute(running.limit(1)).first() is not None


def breakers(connection: Connection) -> dict[str, bool]:
    """Which mailboxes hold letters because too much old mail is new."""
    found = connection.execute(select(mailboxes.c.name, mailboxes.c.holding_since))
    return {row.name: row.holding_since is not None for row in found}
