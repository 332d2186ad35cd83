"""R-20: numbers without gaps, never used twice, from a counter row per series and year."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from storage.tables import counters
from storage.upsert import insert_into

# Built once a kind of database: building it costs more than the database does.
_BUILT: Final[dict[str, Any]] = {}


def take(tx: Connection, series: str, year: int) -> int:
    """Return the next number of `series` in `year`, from 1.

    A transaction that fails gives it back: the row is locked until then. One statement, so that two
    nodes that begin a year together do not both insert it.
    """
    taken: int = tx.execute(_statement(tx), {"of_series": series, "of_year": year}).scalar_one()
    return taken


def leave(tx: Connection, series: str, year: int, last: int) -> None:
    """`last` is the last number that this transaction took; the row is its own since `take`."""
    of = counters.c
    tx.execute(update(counters).where(of.series == series, of.year == year).values(last=last))


def _statement(tx: Connection) -> Any:
    if tx.dialect.name not in _BUILT:
        first = insert_into(tx, counters).values(
            series=bindparam("of_series"), year=bindparam("of_year"), last=1
        )
        _BUILT[tx.dialect.name] = first.on_conflict_do_update(
            index_elements=["series", "year"], set_={"last": counters.c.last + 1}
        ).returning(counters.c.last)
    return _BUILT[tx.dialect.name]
