"""What was agreed with a customer, or for one case by a supervisor (R-11)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from storage import tables


def of_customer(connection: Connection, customer_id: int | None) -> dict[str, Any]:
    """The terms of a customer: name -> value."""
    return (
        {} if customer_id is None else _agreed(connection, tables.terms.c.customer_id, customer_id)
    )


def of_case(connection: Connection, case_id: int) -> dict[str, Any]:
    """The terms of one case: name -> value."""
    return _agreed(connection, tables.terms.c.case_id, case_id)


def _agreed(connection: Connection, column: Any, owner: int) -> dict[str, Any]:
    found = connection.execute(select(tables.terms).where(column == owner))
    return {
        row.name: tuple(row.value) if isinstance(row.value, list) else row.value for row in found
    }
