"""Who is away when, and who stands in (R-32)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from cases.errors import NotFound
from storage import tables
from storage.records import Absence


def around(connection: Connection, day: date) -> list[Absence]:
    """Absences that are not over before `day` and that nobody has ended, by their first day."""
    table = tables.absences
    found = connection.execute(
        select(table)
        .where(table.c.ended_at.is_(None), or_(table.c.last_day.is_(None), table.c.last_day >= day))
        .order_by(table.c.first_day, table.c.id)
    )
    return [Absence.of(row) for row in found]


def add(tx: Connection, row: dict[str, Any]) -> None:
    """Write down that somebody is away."""
    tx.execute(insert(tables.absences).values(**row))


def end(tx: Connection, ids: Iterable[int], at: datetime, by: str) -> None:
    """They are back; the rows stay."""
    table = tables.absences
    tx.execute(update(table).where(table.c.id.in_(list(ids))).values(ended_at=at, ended_by=by))


def by_id(connection: Connection, absence_id: int) -> Absence:
    """The absence with this id."""
    table = tables.absences
    row = connection.execute(select(table).where(table.c.id == absence_id)).first()
    if row is None:
        raise NotFound(f"there is no absence {absence_id}", mend="see `amends user away`")
    return Absence.of(row)
