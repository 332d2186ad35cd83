"""What was agreed with a customer, or for one case by a supervisor (R-11), and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, insert, select, update

from storage import tables
from storage.changes import plain


def of_customer(connection: Connection, customer_id: int | None) -> dict[str, Any]:
    """The terms of a customer as they hold: name -> value."""
    return (
        {} if customer_id is None else _agreed(connection, tables.terms.c.customer_id, customer_id)
    )


def of_case(connection: Connection, case_id: int) -> dict[str, Any]:
    """The terms of one case as they hold: name -> value."""
    return _agreed(connection, tables.terms.c.case_id, case_id)


def held(
    connection: Connection, *, customer_id: int | None = None, case_id: int | None = None
) -> list[dict[str, Any]]:
    """All that was ever agreed with a customer or for a case, in its order, with who and why."""
    table = tables.terms
    owner = table.c.customer_id == customer_id if case_id is None else table.c.case_id == case_id
    found = connection.execute(select(table).where(owner).order_by(table.c.since, table.c.id))
    names = ("id", "name", "value", "reason", "actor", "since", "ended_at", "ended_by")
    return [
        {name: _value(row.value) if name == "value" else row._mapping[name] for name in names}
        for row in found
    ]


def of_customers(
    connection: Connection, customer_ids: Collection[int] | None = None
) -> dict[int, dict[str, Any]]:
    """The terms of these customers, or of all that have some, as they hold."""
    return _of_many(connection, tables.terms.c.customer_id, customer_ids)


def of_cases(connection: Connection, case_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The terms of each of these cases as they hold."""
    return _of_many(connection, tables.terms.c.case_id, case_ids)


def add(tx: Connection, row: dict[str, Any]) -> None:
    """A customer's term holds from now on; that of before must have its end."""
    tx.execute(insert(tables.terms).values(**row))


def end(tx: Connection, term_id: int, at: datetime, by: str) -> None:
    """A customer's term holds no more."""
    same = tables.terms.c.id == term_id
    tx.execute(update(tables.terms).where(same).values(ended_at=at, ended_by=by))


def _agreed(connection: Connection, column: Any, owner: int) -> dict[str, Any]:
    found = connection.execute(
        select(tables.terms).where(column == owner, tables.terms.c.ended_at.is_(None))
    )
    return {row.name: _value(row.value) for row in found}


def _of_many(
    connection: Connection, column: Column[Any], owners: Collection[int] | None
) -> dict[int, dict[str, Any]]:
    agreed: dict[int, dict[str, Any]] = {one: {} for one in owners or ()}
    if owners is not None and not owners:
        return agreed
    asked = column.is_not(None) if owners is None else column.in_(sorted(owners))
    query = select(column, tables.terms.c.name, tables.terms.c.value)
    holds = tables.terms.c.ended_at.is_(None)
    for owner, name, value in connection.execute(query.where(asked, holds)):
        agreed.setdefault(owner, {})[name] = _value(value)
    return agreed


def _value(stored: Any) -> Any:
    return tuple(stored) if isinstance(stored, list) else plain(stored)
