"""The name of this installation: random, made once, the same for every node on the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import select

from storage import tables
from storage.database import Database
from storage.upsert import insert_into

_ROW: Final = 1


def installation_name(db: Database, make: Callable[[], str]) -> str:
    """The stored name; `make` gives it if there is none yet."""
    table = tables.installation
    wanted = select(table.c.name).where(table.c.row == _ROW)
    with db.read() as connection:
        name = connection.scalar(wanted)
    if name is None:
        with db.write() as tx:
            new = insert_into(tx, table).values(row=_ROW, name=make())
            tx.execute(new.on_conflict_do_nothing())
            name = tx.scalar(wanted)
    return str(name)
