"""The statements of the casebook, built once: building them costs more than the database does."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Column, Table, bindparam, insert, select, update

from storage import tables

INSERTS: Final = {name: insert(table) for name, table in tables.metadata.tables.items()}
HEADS: Final = (
    update(tables.cases)
    .where(tables.cases.c.id == bindparam("of_case"))
    .values(history_seq=bindparam("head_seq"), history_hash=bindparam("head_hash"))
)


@cache
def order() -> dict[str, int]:
    """Where a table stands so that what it points to is written before (1 ms to work out)."""
    return {table.name: place for place, table in enumerate(tables.metadata.sorted_tables)}


@cache
def in_cases(table: Table) -> Any:
    """The question for all rows of a table in some cases."""
    of_cases: BindParameter[Any] = bindparam("of_cases", expanding=True)
    return select(table).where(owner_of(table).in_(of_cases)).order_by(table.c.id)


def owner_of(table: Table) -> Column[Any]:
    """The column that says to which case a row belongs."""
    return table.c.id if table is tables.cases else table.c.case_id


@cache
def updating(name: str, *columns: str) -> Any:
    """The statement that writes these columns of a row."""
    table = tables.metadata.tables[name]
    return (
        update(table)
        .where(table.c.id == bindparam("of_row"))
        .values({column: bindparam(column) for column in columns})
    )
