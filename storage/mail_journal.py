"""The mail journal: what became of every mail that was seen in a mailbox."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from storage import tables
from storage.changes import plain

View = dict[str, Any]
_SHOWN: Final = (
    "uid",
    "sha256",
    "state",
    "reason",
    "kind",
    "case",
    "arrived_at",
    "from",
    "subject",
)


def mail_journal(connection: Connection, mailbox: str) -> list[View]:
    """One row a sighting of this mailbox, by uid: its state and reason, its case, whether it opened
    that case, the letters that answer it, and the tasks that it made."""
    letters, tasks = _letters(connection, mailbox), _tasks(connection, mailbox)
    return [
        {
            **{name: plain(row[name]) for name in _SHOWN},
            # A later sighting of the same bytes opened nothing and is answered by nobody.
            "opened": row["opened_by"] is not None and row["state"] == "registered",
            "letters": letters[row["message"]] if row["state"] == "registered" else [],
            "tasks": tasks[row["message"]] if row["state"] == "registered" else [],
        }
        for row in _sightings(connection, mailbox)
    ]


def _sightings(connection: Connection, mailbox: str) -> list[View]:
    seen, messages, cases = tables.sightings, tables.messages, tables.cases
    first = tables.history.alias("first")
    opened = and_(
        first.c.case_id == messages.c.case_id,
        first.c.seq == 1,
        first.c.cause == "mail:" + messages.c.raw_sha256,
    )
    found = connection.execute(
        select(
            seen.c.uid,
            seen.c.raw_sha256.label("sha256"),
            seen.c.state,
            seen.c.reason,
            messages.c.id.label("message"),
            messages.c.kind,
            cases.c.number.label("case"),
            seen.c.internal_date.label("arrived_at"),
            messages.c.from_address.label("from"),
            messages.c.subject,
            first.c.case_id.label("opened_by"),
        )
        .outerjoin(messages, messages.c.raw_sha256 == seen.c.raw_sha256)
        .outerjoin(cases, cases.c.id == messages.c.case_id)
        .outerjoin(first, opened)
        .where(seen.c.mailbox == mailbox)
        .order_by(seen.c.uidvalidity, seen.c.uid)
    )
    return [dict(row._mapping) for row in found]


def _letters(connection: Connection, mailbox: str) -> defaultdict[int, list[View]]:
    """By the message that they answer; the state is that of the delivery, once there is one."""
    letters, deliveries = tables.letters, tables.deliveries
    found = connection.execute(
        select(
            letters.c.answers_message_id,
            letters.c.template,
            letters.c.state.label("letter"),
            deliveries.c.address,
            deliveries.c.state,
        )
        .join(tables.messages, tables.messages.c.id == letters.c.answers_message_id)
        .outerjoin(deliveries, deliveries.c.letter_id == letters.c.id)
        .where(tables.messages.c.mailbox == mailbox)
        .order_by(letters.c.id, deliveries.c.id)
    )
    every: defaultdict[int, list[View]] = defaultdict(list)
    for row in found:
        told = {"template": row.template, "to": row.address, "state": row.state or row.letter}
        every[row.answers_message_id].append(told)
    return every


def _tasks(connection: Connection, mailbox: str) -> defaultdict[int, list[View]]:
    tasks, messages = tables.tasks, tables.messages
    found = connection.execute(
        select(tasks.c.message_id, tasks.c.kind, tasks.c.reason)
        .join(messages, messages.c.id == tasks.c.message_id)
        .where(messages.c.mailbox == mailbox)
        .order_by(tasks.c.id)
    )
    every: defaultdict[int, list[View]] = defaultdict(list)
    for row in found:
        every[row.message_id].append({"kind": row.kind, "reason": row.reason})
    return every
