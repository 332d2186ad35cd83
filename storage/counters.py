"""R-20: numbers without gaps, never used twice, from a counter row per series and year."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.tables import counters
from storage.upsert import insert_into


def take(tx: Connection, series: str, year: int) -> int:
    """Return the next number of `series` in `year`, from 1.

    A transaction that fails gives it back: the row is locked until then. One statement, so that two
    nodes that begin a year together do not both insert it.
    """
    first = insert_into(tx, counters).values(series=series, year=year, last=1)
    taken: int = tx.execute(
        first.on_conflict_do_update(
            index_elements=["series", "year"], set_={"last": counters.c.last + 1}
        ).returning(counters.c.last)
    ).scalar_one()
    return taken
