"""Users of the desk, and the customers with those who write for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, insert, select

from storage import tables
from storage.records import Contact, User


def user(connection: Connection, name: str) -> User | None:
    """The user of this name, or None."""
    row = connection.execute(select(tables.users).where(tables.users.c.name == name)).first()
    return None if row is None else User.of(row)


def users(connection: Connection) -> list[User]:
    """Everybody, by name."""
    found = connection.execute(select(tables.users).order_by(tables.users.c.name))
    return [User.of(row) for row in found]


def longest_without_case(connection: Connection, roles: Collection[str]) -> list[str]:
    """Enabled users of these roles: first whose last case is the longest ago, or who had none."""
    users, cases = tables.users, tables.cases
    last = select(func.max(cases.c.id)).where(cases.c.manager == users.c.name).scalar_subquery()
    query = select(users.c.name, last.label("last")).where(
        users.c.enabled.is_(True), users.c.role.in_(roles)
    )
    found = connection.execute(query).all()
    return [row.name for row in sorted(found, key=lambda row: (row.last or 0, row.name))]


def add_user(tx: Connection, row: dict[str, Any]) -> None:
    """Add a user; the name must be free."""
    tx.execute(insert(tables.users).values(sessions_version=0, enabled=True, **row))


def contact(connection: Connection, contact_id: int) -> Contact:
    """The contact with this id."""
    row = connection.execute(
        select(tables.contacts).where(tables.contacts.c.id == contact_id)
    ).one()
    return Contact.of(row)


def contact_by_address(connection: Connection, address: str) -> Contact | None:
    """The contact who writes from this address, or None."""
    found = select(tables.contacts).where(tables.contacts.c.address == address.lower())
    row = connection.execute(found).first()
    return None if row is None else Contact.of(row)


def customer_name(connection: Connection, customer_id: int | None) -> str:
    """The customer's name, or nothing for a case whose sender is unknown."""
    name = connection.scalar(
        select(tables.customers.c.name).where(tables.customers.c.id == customer_id)
    )
    return name or ""


def add_customer(tx: Connection, row: dict[str, Any], contacts: list[dict[str, Any]]) -> None:
    """Add a customer with its contacts; code and addresses must be free."""
    tx.execute(insert(tables.customers).values(**row))
    if contacts:
        tx.execute(insert(tables.contacts), contacts)
