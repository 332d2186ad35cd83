"""Mails that no reader could read yet, and which reader has tried them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select

from storage.ledger import Sighting
from storage.tables import cases, marks, messages, raws, sightings
from storage.upsert import insert_into

_MARK: Final = "reader "


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is only its raw bytes, with the place where they were first seen."""

    message_id: int
    case_id: int
    sighting: Sighting


def unreadable(connection: Connection) -> list[Unreadable]:
    """The unreadable mails of all cases, the newest first."""
    of_them = select(messages.c.raw_sha256).where(messages.c.kind == "unreadable")
    first = (
        select(sightings.c.raw_sha256, func.min(sightings.c.uid).label("uid"))
        .where(sightings.c.raw_sha256.in_(of_them), sightings.c.state == "registered")
        .group_by(sightings.c.raw_sha256)
        .subquery()
    )
    found = connection.execute(
        select(messages.c.id, messages.c.case_id, messages.c.mailbox, messages.c.raw_sha256)
        .add_columns(messages.c.arrived_at, raws.c.size, first.c.uid)
        .join(raws, raws.c.sha256 == messages.c.raw_sha256)
        .outerjoin(first, first.c.raw_sha256 == messages.c.raw_sha256)
        .where(messages.c.kind == "unreadable", messages.c.case_id.is_not(None))
        .order_by(messages.c.id.desc())
    )
    return [
        Unreadable(
            r.id,
            r.case_id,
            Sighting(r.mailbox, 0, r.uid or 0, r.raw_sha256, r.arrived_at, size=r.size),
        )
        for r in found
    ]


def case_row(connection: Connection, case_id: int) -> dict[str, Any]:
    """The whole row of a case."""
    found = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    return dict(found._mapping)


def tried_by(connection: Connection, version: str) -> bool:
    """Whether this version of the program has tried them all."""
    return connection.scalar(select(marks.c.at).where(marks.c.name == _name(version))) is not None


def note_tried(tx: Connection, version: str, at: datetime) -> None:
    """This version has tried them all; what an earlier one tried says nothing any more."""
    tx.execute(delete(marks).where(marks.c.name.startswith(_MARK)))
    tx.execute(insert_into(tx, marks).values(name=_name(version), at=at).on_conflict_do_nothing())


def _name(version: str) -> str:
    return _MARK + hashlib.sha256(version.encode()).hexdigest()[:12]
