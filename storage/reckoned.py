"""With what clocks were reckoned, and what is still to be reckoned anew (R-8, R-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.records import FromRow
from storage.tables import reckoned
from storage.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Reckoned(FromRow):
    """A name ("calendar:NAME", "company", "customer:ID") with its mark; none: not done yet."""

    name: str
    mark: str | None
    why: str
    actor: str
    at: datetime


def everything(connection: Connection) -> dict[str, Reckoned]:
    """All of them by name: few calendars, and the customers that are not done yet."""
    return {row.name: Reckoned.of(row) for row in connection.execute(select(reckoned))}


def note(tx: Connection, one: Reckoned) -> None:
    """From now on this holds; or it is to be done, whatever happens next."""
    values = {"mark": one.mark, "why": one.why, "actor": one.actor, "at": one.at}
    statement = insert_into(tx, reckoned).values(name=one.name, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def done(tx: Connection, one: Reckoned) -> None:
    """It is done, unless it was asked for once more in between; or the name is known no more."""
    tx.execute(delete(reckoned).where(reckoned.c.name == one.name, reckoned.c.at == one.at))
