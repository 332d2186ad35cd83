"""Incidents: begun and ended by whoever looks, told by one node at a time.

What is told is stored before the next look, so that a restart does not alarm twice. Between the
telling and the note of it a kill can make one alarm two; none would be worse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, or_, select, update

from storage.lease import database_clock
from storage.tables import incidents
from storage.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that operators must know of, until it is over."""

    id: int
    kind: str
    what: str
    begun_at: datetime
    alarmed_at: datetime | None = None
    ended_at: datetime | None = None
    cleared_at: datetime | None = None

    @property
    def untold(self) -> bool:
        """Whether its alarm or its all-clear is still to come; over before the alarm: neither."""
        if self.ended_at is None:
            return self.alarmed_at is None
        return self.alarmed_at is not None and self.cleared_at is None


def open_incidents(connection: Connection) -> dict[str, Incident]:
    """Those that are not over, by kind."""
    found = connection.execute(select(incidents).where(incidents.c.ended_at.is_(None)))
    return {row.kind: _of(row._mapping) for row in found}


def begin(tx: Connection, one: Incident) -> None:
    """It began. Nothing happens when another node has said so already."""
    tx.execute(insert_into(tx, incidents).values(_row(one)).on_conflict_do_nothing())


def end(tx: Connection, kinds: Iterable[str], at: datetime) -> None:
    """These are over."""
    tx.execute(
        update(incidents)
        .where(incidents.c.kind.in_(list(kinds)), incidents.c.ended_at.is_(None))
        .values(ended_at=at, told_until=None)
    )


def write_back(tx: Connection, remembered: Iterable[Incident]) -> None:
    """What happened while the database was away."""
    for one in remembered:
        begin(tx, one)
        told = {name: _row(one)[name] for name in ("alarmed_at", "ended_at", "cleared_at")}
        tx.execute(update(incidents).where(incidents.c.id == one.id).values(told))


def claim(tx: Connection, lease_seconds: int) -> list[Incident]:
    """Take those that are to be told and that nobody is telling."""
    clock = database_clock()
    over, alarmed = incidents.c.ended_at.is_not(None), incidents.c.alarmed_at.is_not(None)
    wanted = and_(
        incidents.c.cleared_at.is_(None),
        or_(and_(over, alarmed), and_(~over, ~alarmed)),
        or_(incidents.c.told_until.is_(None), incidents.c.told_until < clock),
    )
    taken = tx.execute(
        update(incidents)
        .where(wanted)
        .values(told_until=clock + lease_seconds * 1000)
        .returning(incidents)
    )
    return sorted((_of(row._mapping) for row in taken), key=lambda one: one.id)


def told(tx: Connection, one: Incident, at: datetime) -> None:
    """Its alarm, or when it is over its all-clear, has left."""
    column = "alarmed_at" if one.ended_at is None else "cleared_at"
    tx.execute(
        update(incidents).where(incidents.c.id == one.id).values({column: at, "told_until": None})
    )


def _of(row: RowMapping) -> Incident:
    return Incident(**{field.name: row[field.name] for field in fields(Incident)})


def _row(one: Incident) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(Incident)}
