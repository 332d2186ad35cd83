"""Gathers what the oracle judges: reads the database and the evidence folder, changes nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import Connection, select

from cases.errors import AmendsError
from demo.received import Received
from storage import history, tables
from storage.database import Database
from storage.evidence import Evidence
from tests.fault.oracle import Appended, CaseRow, Copy, Facts, Filed, Taken


@dataclass(frozen=True)
class Place:
    """Where an installation keeps what it knows."""

    database_url: str
    evidence: Path


def collect(
    place: Place,
    appended: Iterable[Appended],
    received: Iterable[Received],
    errors: Iterable[str] = (),
) -> Facts:
    """Everything that `oracle.judge` needs, once the service is quiet."""
    database = Database(place.database_url)
    try:
        with database.read() as connection:
            return _facts(connection, place, tuple(appended), tuple(received), tuple(errors))
    finally:
        database.close()


def is_quiet(place: Place) -> bool:
    """Whether nothing is left that the service would do by itself."""
    database = Database(place.database_url)
    deliveries = tables.deliveries
    may_move = deliveries.c.next_attempt_at.is_not(None) | (deliveries.c.state == "sending")
    try:
        with database.read() as connection:
            return not any(
                connection.scalar(question.limit(1))
                for question in (
                    select(tables.sightings.c.uid).where(tables.sightings.c.state == "fetched"),
                    select(tables.letters.c.id).where(tables.letters.c.state == "promised"),
                    select(deliveries.c.id).where(deliveries.c.state != "accepted", may_move),
                )
            )
    finally:
        database.close()


def filed(place: Place) -> set[str]:
    """The mails that the database knows as come in, by sha256."""
    database = Database(place.database_url)
    messages = tables.messages
    try:
        with database.read() as connection:
            asked = select(messages.c.raw_sha256).where(messages.c.direction == "in")
            return set(connection.scalars(asked))
    finally:
        database.close()


def _facts(
    connection: Connection,
    place: Place,
    appended: tuple[Appended, ...],
    received: tuple[Received, ...],
    errors: tuple[str, ...],
) -> Facts:
    messages, sightings, raws = tables.messages, tables.sightings, tables.raws
    came_in = select(messages.c.raw_sha256, messages.c.case_id).where(messages.c.direction == "in")
    fetched = select(sightings.c.raw_sha256).where(sightings.c.state == "fetched")
    return Facts(
        appended=appended,
        filed=tuple(Filed(row.raw_sha256, row.case_id) for row in connection.execute(came_in)),
        waiting=tuple(connection.scalars(fetched)),
        cases=_cases(connection),
        counters={
            f"{row.series}/{row.year}": row.last
            for row in connection.execute(select(tables.counters))
        },
        acknowledgments=_acknowledgments(connection),
        copies=_copies(connection),
        taken=tuple(taken for mail in received for taken in _taken(mail)),
        object_rows=frozenset(
            connection.scalars(select(raws.c.sha256).where(raws.c.data.is_(None)))
        ),
        objects=_objects(place.evidence),
        unreadable=_unreadable(connection, Evidence(place.evidence)),
        errors=errors,
    )


def _cases(connection: Connection) -> tuple[CaseRow, ...]:
    return tuple(
        CaseRow(
            row.id,
            row.number,
            f"{row.series}/{row.year}",
            row.seq,
            history.faults(connection, row.id),
        )
        for row in connection.execute(select(tables.cases)).all()
    )


def _acknowledgments(connection: Connection) -> dict[int, tuple[int, ...]]:
    letters = tables.letters
    found: dict[int, tuple[int, ...]] = defaultdict(tuple)
    asked = select(letters.c.id, letters.c.case_id).where(letters.c.template == "acknowledgment")
    for row in connection.execute(asked):
        found[row.case_id] += (row.id,)
    return dict(found)


def _copies(connection: Connection) -> tuple[Copy, ...]:
    letters, deliveries, tasks = tables.letters, tables.deliveries, tables.tasks
    handed_over = set(
        connection.scalars(
            select(tasks.c.letter_id).where(
                tasks.c.kind == "delivery_uncertain", tasks.c.resolved_at.is_(None)
            )
        )
    )
    asked = select(deliveries, letters.c.message_id).join(
        letters, letters.c.id == deliveries.c.letter_id
    )
    return tuple(
        Copy(
            row.case_id,
            row.letter_id,
            row.message_id,
            row.raw_sha256,
            row.state,
            row.letter_id in handed_over,
        )
        for row in connection.execute(asked)
    )


def _taken(mail: Received) -> Iterable[Taken]:
    message_id = str(message_from_bytes(mail.raw)["Message-ID"]).strip()
    sha256 = hashlib.sha256(mail.raw).hexdigest()
    return (Taken(message_id, recipient, sha256) for recipient in mail.recipients)


def _objects(folder: Path) -> frozenset[str]:
    """Whole objects; what a killed writer left half-written is none, and swept after a day."""
    return frozenset(
        file.name
        for file in folder.glob("*/*")
        if file.is_file() and file.suffix not in (".half", ".spool")
    )


def _unreadable(connection: Connection, evidence: Evidence) -> tuple[str, ...]:
    wrong = []
    for sha256 in connection.scalars(select(tables.raws.c.sha256)).all():
        try:
            evidence.bytes_of(connection, sha256)
        except AmendsError as error:
            wrong.append(str(error))
    return tuple(wrong)
