"""Open cases whose moment to be looked at has come, by index, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage import tables
from storage.records import Letter

_WAITS = ("promised", "held", "queued")
_OF_CUSTOMER = ("complaint", "reply", "unreadable")


def due(connection: Connection, now: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Cases to look at, those that waited longest first, with the moment."""
    cases = tables.cases
    found = connection.execute(
        select(cases.c.id, cases.c.look_at)
        .where(cases.c.look_at <= now)
        .order_by(cases.c.look_at)
        .limit(limit)
    )
    return [(row.id, row.look_at) for row in found]


def still(tx: Connection, case_id: int, at: datetime) -> bool:
    """Whether nobody has looked in between. Under the lock of the case."""
    cases = tables.cases
    found = tx.scalar(select(cases.c.id).where(cases.c.id == case_id, cases.c.look_at == at))
    return found is not None


@dataclass(frozen=True, slots=True)
class Question:
    """The last letter that asks and reached the customer's server, and when."""

    letter: Letter
    at: datetime


def question(connection: Connection, case_id: int) -> Question | None:
    """The last letter of a case that asks, no reminder, if it left."""
    letters, deliveries = tables.letters, tables.deliveries
    row = connection.execute(
        select(letters, deliveries.c.accepted_at.label("left_at"))
        .join(deliveries, deliveries.c.letter_id == letters.c.id)
        .where(
            letters.c.case_id == case_id,
            letters.c.asks.is_not(None),
            letters.c.template != "reminder",
            deliveries.c.to_contact.is_(True),
            deliveries.c.state == "accepted",
        )
        .order_by(letters.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Question(Letter.of(row), row.left_at)


def mails_since(connection: Connection, case_id: int, at: datetime) -> list[Row[Any]]:
    """Mails that people wrote in a case after this moment, the newest first."""
    messages = tables.messages
    query = select(messages.c.from_address, messages.c.forwarded, messages.c.arrived_at).where(
        messages.c.case_id == case_id,
        messages.c.direction == "in",
        messages.c.third_party.is_(False),
        messages.c.kind.in_(_OF_CUSTOMER),
        messages.c.arrived_at > at,
    )
    return list(connection.execute(query.order_by(messages.c.arrived_at.desc())))


def decided_since(connection: Connection, case_id: int, letter_id: int) -> bool:
    """Whether a person wrote down what the customer decided after this letter was written."""
    answers = tables.answers
    found = select(answers.c.id).where(
        answers.c.case_id == case_id,
        answers.c.id > letter_id,
        answers.c.rule == "decided by a person",
    )
    return connection.scalar(found.limit(1)) is not None


def last_told(connection: Connection, case_id: int) -> datetime | None:
    """When the customer last heard of us: a letter that left, or an act on record (R-7)."""
    deliveries, clocks = tables.deliveries, tables.clocks
    written = connection.scalar(
        select(func.max(deliveries.c.accepted_at)).where(
            deliveries.c.case_id == case_id, deliveries.c.to_contact.is_(True)
        )
    )
    said = connection.scalar(
        select(func.max(clocks.c.stopped_at)).where(
            clocks.c.case_id == case_id, clocks.c.stopped_by.startswith("act:")
        )
    )
    return max((one for one in (written, said) if one is not None), default=None)


def letter_waits(connection: Connection, case_id: int) -> bool:
    """Whether a letter to the customer is about to leave, or is held."""
    letters = tables.letters
    found = connection.scalars(
        select(letters.c.recipients).where(
            letters.c.case_id == case_id, letters.c.state.in_(_WAITS)
        )
    )
    return any(one["to_contact"] for recipients in found for one in recipients)


def reminded(connection: Connection, case_id: int, letter_id: int) -> int:
    """The number of the last reminder of this letter; 0: none."""
    letters = tables.letters
    start = f"{case_id}:reminder:{letter_id}."
    keys = connection.scalars(
        select(letters.c.promise_key).where(
            letters.c.case_id == case_id, letters.c.promise_key.startswith(start, autoescape=True)
        )
    )
    return max((int(key.removeprefix(start)) for key in keys), default=0)


def silence_told(connection: Connection, case_id: int, letter_id: int) -> bool:
    """Whether a task about the silence after this letter was ever opened."""
    tasks = tables.tasks
    found = select(tasks.c.id).where(
        tasks.c.case_id == case_id,
        tasks.c.kind == "customer_silent",
        tasks.c.letter_id == letter_id,
    )
    return connection.scalar(found.limit(1)) is not None


def happened_at(connection: Connection, case_id: int) -> datetime | None:
    """The last thing in the case's history."""
    cases, history = tables.cases, tables.history
    return connection.scalar(
        select(history.c.at)
        .join(cases, (cases.c.id == history.c.case_id) & (cases.c.history_seq == history.c.seq))
        .where(cases.c.id == case_id)
    )


def last_drive(connection: Connection, case_id: int) -> str:
    """Which clock and which measure were the last: until another comes, the alarm is the same."""
    ids = (
        connection.scalar(select(func.max(table.c.id)).where(table.c.case_id == case_id))
        for table in (tables.clocks, tables.measures)
    )
    return ".".join(str(one or 0) for one in ids)


def was_told(connection: Connection, case_id: int, start: str) -> bool:
    """Whether a letter whose promise begins so was made in a case."""
    letters = tables.letters
    found = select(letters.c.id).where(
        letters.c.case_id == case_id, letters.c.promise_key.startswith(start, autoescape=True)
    )
    return connection.scalar(found.limit(1)) is not None


def listed_since(
    connection: Connection, since: datetime, address: str
) -> list[list[dict[str, Any]]]:
    """The items of each letter about many cases that this reader was promised since then."""
    letters = tables.letters
    found = connection.execute(
        select(letters.c.facts, letters.c.recipients).where(
            letters.c.case_id.is_(None),
            letters.c.template == "digest",
            letters.c.created_at >= since,
        )
    )
    return [
        row.facts.get("items", [])
        for row in found
        if any(one["address"] == address for one in row.recipients)
    ]
