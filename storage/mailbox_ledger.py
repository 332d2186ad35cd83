"""What is remembered of a mailbox as a whole: its first start, how far it was read, what waits.

Speed and caution only: exactness comes from the keys of `sightings` and `raws`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from storage.records import FromRow
from storage.tables import cases, letters, mailboxes, sightings, tasks
from storage.upsert import insert_into

COPIES: Final = ("same bytes", "probable copy")
BEFORE_START: Final = "before start"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Standing(FromRow):
    """The row of one mailbox."""

    name: str
    uidvalidity: int
    last_uid: int
    polled_at: datetime | None
    first_start: str | None
    started_at: datetime | None
    start_epoch: int | None
    start_uid: int | None
    acknowledge_old: bool | None
    look_ended: bool | None
    comparing_since: datetime | None
    holding_since: datetime | None


def standing(connection: Connection, name: str) -> Standing | None:
    """What is remembered of this mailbox; None before its first start."""
    row = connection.execute(select(mailboxes).where(mailboxes.c.name == name)).first()
    return None if row is None else Standing.of(row)


def unsettled(connection: Connection) -> list[Standing]:
    """Mailboxes whose last look is over, while letters still wait for what it brought."""
    found = connection.execute(
        select(mailboxes).where(
            mailboxes.c.look_ended.is_(True),
            mailboxes.c.comparing_since.is_not(None) | mailboxes.c.holding_since.is_not(None),
        )
    )
    return [Standing.of(row) for row in found]


def begin(
    tx: Connection,
    name: str,
    choice: str,
    at: datetime,
    *,
    epoch: int,
    last_uid: int,
    acknowledge_old: bool,
) -> None:
    """The very first start: what was chosen, and up to which uid it counts. Never changed."""
    values = {
        "first_start": choice,
        "started_at": at,
        "start_epoch": epoch,
        "start_uid": last_uid,
        "acknowledge_old": acknowledge_old,
    }
    statement = insert_into(tx, mailboxes).values(name=name, uidvalidity=0, last_uid=0, **values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_=values, where=mailboxes.c.first_start.is_(None)
        )
    )


def begin_comparing(tx: Connection, name: str, at: datetime) -> None:
    """From now on automatic letters of this mailbox wait."""
    _begin(tx, name, comparing_since=func.coalesce(mailboxes.c.comparing_since, at))


def begin_holding(tx: Connection, name: str, at: datetime) -> None:
    """From now on letters for old mail of this mailbox are held."""
    _begin(tx, name, holding_since=func.coalesce(mailboxes.c.holding_since, at))


def _begin(tx: Connection, name: str, **values: object) -> None:
    tx.execute(update(mailboxes).where(mailboxes.c.name == name).values(look_ended=False, **values))


def settle(tx: Connection, name: str) -> None:
    """All mails of the look are registered."""
    values = {"comparing_since": None, "holding_since": None}
    tx.execute(update(mailboxes).where(mailboxes.c.name == name).values(values))


def still_waits(connection: Connection, name: str, *, most_tries: int) -> bool:
    """Whether a fetched mail of this mailbox will still be registered."""
    return (
        connection.scalar(
            select(
                exists().where(
                    sightings.c.mailbox == name,
                    sightings.c.state == "fetched",
                    sightings.c.tries <= most_tries,
                )
            )
        )
        or False
    )


def old_and_new(connection: Connection, name: str, since: datetime) -> int:
    """How many mails that were noted as old since then turned out to be no copies."""
    return (
        connection.scalar(
            select(func.count()).where(
                sightings.c.mailbox == name,
                sightings.c.seen_at >= since,
                sightings.c.caution == "hold",
                sightings.c.state == "registered",
                sightings.c.reason.not_in(COPIES),
            )
        )
        or 0
    )


def count(connection: Connection, name: str) -> int:
    """How many mails of this mailbox the ledger holds."""
    return (
        connection.scalar(
            select(func.count()).select_from(sightings).where(sightings.c.mailbox == name)
        )
        or 0
    )


def held(connection: Connection, name: str, reason: str, since: datetime | None) -> list[int]:
    """Letters of this mailbox that are held for this reason, made since then."""
    query = (
        select(letters.c.id)
        .join(cases, cases.c.id == letters.c.case_id)
        .where(letters.c.state == "held", letters.c.hold_reason == reason, cases.c.mailbox == name)
        .order_by(letters.c.id)
    )
    if since is not None:
        query = query.where(letters.c.created_at >= since)
    return list(connection.scalars(query))


def waits_for_comparison() -> ColumnElement[bool]:
    """Of a row of `letters`: its mailbox is compared anew, and nobody knows yet what is a copy.

    Only automatic letters: what a person wrote is meant.
    """
    compared = select(cases.c.id).join(mailboxes, mailboxes.c.name == cases.c.mailbox)
    return letters.c.automatic & exists(
        compared.where(
            cases.c.id == letters.c.case_id, mailboxes.c.comparing_since.is_not(None)
        ).correlate(letters)
    )


def open_task(connection: Connection, kind: str, name: str) -> int | None:
    """The open task of this kind about this mailbox."""
    found = connection.execute(
        select(tasks.c.id, tasks.c.suggestion).where(
            tasks.c.kind == kind, tasks.c.resolved_at.is_(None), tasks.c.case_id.is_(None)
        )
    )
    return next((row.id for row in found if (row.suggestion or {}).get("mailbox") == name), None)


def is_about_mailbox(connection: Connection, task_id: int) -> bool:
    """Whether this task belongs to no case."""
    query = select(tasks.c.id).where(tasks.c.id == task_id, tasks.c.case_id.is_(None))
    return connection.scalar(query) is not None


def end_task(tx: Connection, task_id: int, at: datetime, actor: str, how: str, why: str) -> None:
    """A task about a mailbox belongs to no case, so no history tells its end."""
    values = {"resolved_at": at, "resolved_by": actor, "resolution": how, "why": why}
    tx.execute(update(tasks).where(tasks.c.id == task_id).values(values))


# --- mails that are not taken, and what is done to those that were


def leave(
    tx: Connection,
    name: str,
    uidvalidity: int,
    mails: Sequence[tuple[int, datetime, str | None]],
    at: datetime,
) -> None:
    """Note mails of before the first start: uid, arrival and mark. Nothing of them is fetched."""
    rows = [
        {
            "mailbox": name,
            "uidvalidity": uidvalidity,
            "uid": uid,
            "internal_date": arrived,
            "state": BEFORE_START,
            "reason": BEFORE_START,
            "mark": mark,
            "tries": 0,
            "seen_at": at,
        }
        for uid, arrived, mark in mails
    ]
    if rows:
        tx.execute(insert_into(tx, sightings).on_conflict_do_nothing(), rows)


def left_before(connection: Connection, name: str, marks: Collection[str]) -> set[str]:
    """Which of these marks belong to mails that were left at the first start."""
    every, found = sorted(marks), set[str]()
    for start in range(0, len(every), _AT_ONCE):
        query = select(sightings.c.mark).where(
            sightings.c.mailbox == name,
            sightings.c.state == BEFORE_START,
            sightings.c.mark.in_(every[start : start + _AT_ONCE]),
        )
        found.update(connection.scalars(query))
    return found


def undecorated(connection: Connection, name: str, uidvalidity: int, limit: int) -> list[int]:
    """Registered mails that have no keyword or were not moved yet."""
    found = connection.scalars(
        select(sightings.c.uid)
        .where(
            sightings.c.mailbox == name,
            sightings.c.decorated.is_(False),
            sightings.c.uidvalidity == uidvalidity,
            sightings.c.state.in_(("registered", "copy")),
        )
        .order_by(sightings.c.uid)
        .limit(limit)
    )
    return list(found)


def decorated(tx: Connection, name: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Their keyword or move is done."""
    tx.execute(
        update(sightings)
        .where(
            sightings.c.mailbox == name,
            sightings.c.uidvalidity == uidvalidity,
            sightings.c.uid.in_(list(uids)),
        )
        .values(decorated=True)
    )
