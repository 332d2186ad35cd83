"""Customers as pages show them: a list with a search, and one with its people and cases."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from cases.errors import NotFound
from cases.lifecycle import OPEN_STATES
from storage import tables
from storage.changes import plain
from storage.worklist import ROWS, Page

_OPEN: Final = tuple(sorted(state.value for state in OPEN_STATES))
_LATEST_CASES: Final = 20


def page(connection: Connection, wanted: str, number: int) -> Page:
    """Customers in whose code, name or contacts `wanted` is found, by code; all with ""."""
    customers, contacts = tables.customers, tables.contacts
    query = select(customers)
    if wanted:
        texts = (contacts.c.name, contacts.c.address)
        writes = select(contacts.c.id).where(
            contacts.c.customer_id == customers.c.id,
            or_(*(text.icontains(wanted, autoescape=True) for text in texts)),
        )
        own = (customers.c.name, customers.c.code)
        query = query.where(
            or_(writes.exists(), *(text.icontains(wanted, autoescape=True) for text in own))
        )
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = min(max(1, number), max(1, -(-total // ROWS)))
    order = (customers.c.code.is_(None), customers.c.code, customers.c.name, customers.c.id)
    found = connection.execute(
        query.add_columns(
            _count(contacts).label("contacts"),
            _count(tables.terms, tables.terms.c.ended_at.is_(None)).label("terms"),
            _count(tables.cases, tables.cases.c.state.in_(_OPEN)).label("cases"),
        )
        .order_by(*order)
        .limit(ROWS)
        .offset((number - 1) * ROWS)
    )
    return Page([_plain(row) for row in found], number, total)


def one(connection: Connection, customer_id: int) -> dict[str, Any]:
    """A customer with contacts and latest cases; NotFound."""
    customers, contacts, cases = tables.customers, tables.contacts, tables.cases
    same = customers.c.id == customer_id
    row = connection.execute(select(customers).where(same)).first()
    if row is None:
        raise NotFound(f"there is no customer {customer_id}", mend="look at the list of customers")
    people = select(contacts).where(contacts.c.customer_id == customer_id)
    latest = (
        select(cases.c.number, cases.c.state, cases.c.subject)
        .where(cases.c.customer_id == customer_id)
        .order_by(cases.c.id.desc())
        .limit(_LATEST_CASES)
    )
    return {
        **_plain(row),
        "contacts": [_plain(r) for r in connection.execute(people.order_by(contacts.c.address))],
        "cases": [_plain(r) for r in connection.execute(latest)],
    }


def _count(table: Any, *where: Any) -> Any:
    return (
        select(func.count())
        .where(table.c.customer_id == tables.customers.c.id, *where)
        .correlate(tables.customers)
        .scalar_subquery()
    )


def _plain(row: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in row._mapping.items()}
