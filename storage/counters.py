"""R-20: numbers without gaps, never used twice, from a counter row per series and year."""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from storage.tables import counters


def take(tx: Connection, series: str, year: int) -> int:
    """Return the next number of `series` in `year`, from 1.

    A transaction that fails gives it back: the row is locked until then.
    """
    taken: int | None = tx.scalar(
        update(counters)
        .where(counters.c.series == series, counters.c.year == year)
        .values(last=counters.c.last + 1)
        .returning(counters.c.last)
    )
    if taken is not None:
        return taken
    # Two nodes that begin a year together: the second insert fails and its batch is done again.
    tx.execute(insert(counters).values(series=series, year=year, last=1))
    return 1
