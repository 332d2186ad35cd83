"""Customers with their contacts, and what moves when a provisional one becomes known (R-33)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from cases.errors import NotFound
from storage import tables
from storage.records import FromRow
from storage.upsert import insert_into

_OF_CONTACT: Final = ("address", "name", "phone", "language", "confirmed")


@dataclass(frozen=True, slots=True)
class KnownCustomer(FromRow):
    """A customer as it stands."""

    id: int
    code: str | None
    name: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class KnownContact(FromRow):
    """A contact as it stands."""

    id: int
    customer_id: int
    address: str
    name: str
    language: str | None
    phone: str | None
    confirmed: bool


def by_code(connection: Connection, code: str) -> KnownCustomer:
    """The customer with this code; capital and small letters are the same."""
    wanted = code.strip().casefold()
    for one in customers(connection):
        if one.code and one.code.casefold() == wanted:
            return one
    raise NotFound(f"there is no customer {code}", mend="see `amends customers list`")


def hold(tx: Connection, customer_id: int) -> KnownCustomer | None:
    """The customer with this id, held until `tx` ends; None when there is none."""
    same = tables.customers.c.id == customer_id
    row = tx.execute(select(tables.customers).where(same).with_for_update()).first()
    return None if row is None else KnownCustomer.of(row)


def customers(connection: Connection) -> list[KnownCustomer]:
    """All customers: there are few of them, and their codes are compared without capitals."""
    found = connection.execute(select(tables.customers).order_by(tables.customers.c.id))
    return [KnownCustomer.of(row) for row in found]


def contacts_at(connection: Connection, addresses: Collection[str]) -> list[KnownContact]:
    """The contacts who write from these addresses."""
    column = tables.contacts.c.address
    return [KnownContact.of(r) for r in _found(connection, tables.contacts, column, addresses)]


def cases_of(connection: Connection, contacts: Collection[int]) -> list[tuple[int, int, int]]:
    """(case, its customer, its contact) of all cases of these contacts."""
    column = tables.cases.c.contact_id
    found = _found(connection, tables.cases, column, contacts)
    return sorted((row.id, row.customer_id, row.contact_id) for row in found)


def write(
    tx: Connection,
    *,
    new_customers: Sequence[dict[str, Any]],
    changed_customers: Sequence[dict[str, Any]],
    new_contacts: Sequence[dict[str, Any]],
    changed_contacts: Sequence[dict[str, Any]],
) -> None:
    """Insert the new rows and change those with an `id` that is there."""
    for table, new, changed in (
        (tables.customers, new_customers, changed_customers),
        (tables.contacts, new_contacts, changed_contacts),
    ):
        if new:
            tx.execute(insert(table), list(new))
        for row in changed:
            values = {name: value for name, value in row.items() if name != "id"}
            tx.execute(update(table).where(table.c.id == row["id"]).values(**values))


def move_threads(tx: Connection, cases: Collection[int], customer_id: int) -> None:
    """The thread keys of these cases are the customer's: its next mail finds them. A key that
    the customer has already stays with its older case."""
    keys = tables.thread_keys
    held = list(_found(tx, keys, keys.c.case_id, cases))
    if not held:
        return
    moved = [{"customer_id": customer_id, "key": r.key, "case_id": r.case_id} for r in held]
    tx.execute(insert_into(tx, keys).on_conflict_do_nothing(), moved)
    for chunk in _chunks(cases):
        tx.execute(delete(keys).where(keys.c.case_id.in_(chunk), keys.c.customer_id != customer_id))


def forget_empty(tx: Connection, customer_ids: Collection[int]) -> None:
    """Delete those of these customers that were never confirmed and to whom nothing belongs."""
    own = tables.customers.c.id
    belongs = (tables.contacts, tables.cases, tables.thread_keys, tables.terms)
    for chunk in _chunks(customer_ids):
        tx.execute(
            delete(tables.customers).where(
                own.in_(chunk),
                tables.customers.c.confirmed.is_(False),
                *(~exists().where(table.c.customer_id == own) for table in belongs),
            )
        )


def customer_list(connection: Connection) -> list[dict[str, Any]]:
    """Every customer with its contacts: those with a code first, by code."""
    found = connection.execute(select(tables.contacts).order_by(tables.contacts.c.address))
    people: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        told = {name: row._mapping[name] for name in _OF_CONTACT}
        people.setdefault(row.customer_id, []).append(told)
    every = sorted(customers(connection), key=lambda one: (one.code is None, one.code or one.name))
    return [
        {
            "id": str(one.id),
            "code": one.code,
            "name": one.name,
            "confirmed": one.confirmed,
            "contacts": people.get(one.id, []),
        }
        for one in every
    ]


def _found(
    connection: Connection, table: Any, column: Any, values: Collection[Any]
) -> Iterator[Row[Any]]:
    for chunk in _chunks(values):
        yield from connection.execute(select(table).where(column.in_(chunk)))


def _chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    """SQLite takes a limited number of parameters in one statement."""
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), 500):
        yield every[start : start + 500]
