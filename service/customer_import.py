"""Customers come by import (R-33): all of the file or nothing, and twice is the same as once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from cases.errors import AmendsError
from cases.terms import Value, moves_clocks, written
from service import journal
from service.agreeing import Party, change, checked
from service.customer_file import CustomerFile, CustomerRow, FileProblems, customer_file
from service.own_system import ask_again
from service.people import act, acting
from service.recounting import name_of, recount
from service.seeing import own_addresses
from service.wiring import Happening, Wiring
from storage import customers as store
from storage import reckoned, tables, terms
from storage.book import Update
from storage.customers import KnownContact, KnownCustomer
from storage.database import Connection
from storage.reckoned import Reckoned

_IMPORTED: Final = "imported with a file of customers"


@dataclass(slots=True)
class Imported:
    """How much of it is new; `cases`: those of provisional contacts that changed their customer."""

    customers_added: int = 0
    customers_changed: int = 0
    contacts_added: int = 0
    contacts_changed: int = 0
    contacts_confirmed: int = 0
    terms_changed: int = 0
    cases_moved: int = 0
    notices: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "notices": list(self.notices)}


@dataclass(slots=True)
class Plan:
    """What the rows change. A dictionary is the row of a table, or its new values and `id`."""

    new_customers: list[dict[str, Any]] = field(default_factory=list)
    changed_customers: list[dict[str, Any]] = field(default_factory=list)
    new_contacts: list[dict[str, Any]] = field(default_factory=list)
    changed_contacts: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[int, tuple[int, int]] = field(default_factory=dict)  # contact: customers from, to
    confirmed: int = 0
    terms: dict[tuple[int, str], Value] = field(default_factory=dict)  # customer and term: value
    problems: list[str] = field(default_factory=list)


def import_customers(w: Wiring, data: bytes, user: str, *, dry_run: bool = False) -> Imported:
    """Import a CSV or XLSX file of customers; `dry_run` only says what it would do.

    FileProblems tells everything that is wrong with the file; then nothing was imported.
    """
    if dry_run:
        with w.db.read() as connection:
            acting(connection, user, "import")
            file = customer_file(data, w.settings.company.languages)
            plan = _plan(w, connection, file, w.now())
            return _counted(plan, file, len(_moving(connection, plan)))
    with act(w, user, "import") as h:
        file = customer_file(data, w.settings.company.languages)
        plan = _plan(w, h.book.tx, file, h.at)
        done = _counted(plan, file, _apply(h, plan))
    # Each case in a transaction of its own; what a crash leaves, the next sweep does.
    for name in _to_recount(plan):
        recount(w, name)
    told = {name: number for name, number in done.view().items() if name != "notices"}
    journal.say("customers_imported", **told)
    return done


def plan_of(
    rows: Iterable[CustomerRow],
    customers: Iterable[KnownCustomer],
    contacts: Iterable[KnownContact],
    new_id: Callable[[], int],
    at: datetime,
    agreed: Mapping[int, Mapping[str, Value]] = MappingProxyType({}),
) -> Plan:
    """What these rows change in what is known. Pure but for the ids that it asks for."""
    return _Planning(
        {one.code.casefold(): one for one in customers if one.code},
        {one.id: one for one in customers},
        {one.address: one for one in contacts},
        new_id,
        at,
        agreed,
    ).of(rows)


@dataclass(slots=True)
class _Planning:
    by_code: dict[str, KnownCustomer]
    by_id: dict[int, KnownCustomer]
    by_address: dict[str, KnownContact]
    new_id: Callable[[], int]
    at: datetime
    agreed: Mapping[int, Mapping[str, Value]]
    plan: Plan = field(default_factory=Plan)
    seen: dict[str, int] = field(default_factory=dict)  # code: id

    def of(self, rows: Iterable[CustomerRow]) -> Plan:
        for row in rows:
            customer_id = self.seen.get(row.code) or self._customer(row)
            self.seen[row.code] = customer_id
            for name, value in row.terms.items():
                if self.agreed.get(customer_id, {}).get(name) != value:
                    self.plan.terms[customer_id, name] = value
            if row.address:
                self._contact(row, customer_id)
        return self.plan

    def _customer(self, row: CustomerRow) -> int:
        known = self.by_code.get(row.code.casefold())
        if known is None:
            customer_id = self.new_id()
            self.plan.new_customers.append(
                {
                    "id": customer_id,
                    "code": row.code,
                    "name": row.name,
                    "confirmed": True,
                    "created_at": self.at,
                }
            )
            return customer_id
        if known.code != row.code:
            self.plan.problems.append(
                f"line {row.line}: {row.code} is known as {known.code}; write it in that way"
            )
        wanted = {"name": row.name, "confirmed": True}
        if changed := _other(known, wanted):
            self.plan.changed_customers.append({"id": known.id, **changed})
        return known.id

    def _contact(self, row: CustomerRow, customer_id: int) -> None:
        known = self.by_address.get(row.address)
        if known is None:
            self.plan.new_contacts.append(
                {
                    "id": self.new_id(),
                    "customer_id": customer_id,
                    "address": row.address,
                    "name": row.contact_name,
                    "language": row.language,
                    "phone": row.phone or None,
                    "confirmed": True,
                    "created_at": self.at,
                }
            )
            return
        if known.customer_id != customer_id:
            owner = self.by_id[known.customer_id]
            # Nobody has said yet whose a provisional contact is; a confirmed one is somebody's.
            if known.confirmed:
                self.plan.problems.append(
                    f"line {row.line}: {row.address} is a contact of {owner.code or owner.name}; "
                    "write it there, or another address here"
                )
                return
            self.plan.taken[known.id] = (known.customer_id, customer_id)
        self.plan.confirmed += not known.confirmed
        # What the file leaves empty stays as it is.
        given = {
            "name": row.contact_name or known.name,
            "language": row.language or known.language,
            "phone": row.phone or known.phone,
        }
        wanted = {"customer_id": customer_id, "confirmed": True, **given}
        if changed := _other(known, wanted):
            self.plan.changed_contacts.append({"id": known.id, **changed})


def _other(known: KnownCustomer | KnownContact, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if getattr(known, name) != value}


def _plan(w: Wiring, connection: Connection, file: CustomerFile, at: datetime) -> Plan:
    contacts = store.contacts_at(connection, [row.address for row in file.rows if row.address])
    agreed = terms.of_customers(connection)
    plan = plan_of(file.rows, store.customers(connection), contacts, w.ids.next, at, agreed)
    problems = [
        *plan.problems,
        *_ours(file.rows, own_addresses(w).addresses),
        *_not_here(w, connection, file.rows),
    ]
    if problems:
        raise FileProblems(problems)
    return plan


def _ours(rows: Sequence[CustomerRow], own: Collection[str]) -> Iterable[str]:
    for row in rows:
        if row.address in own:
            yield (
                f"line {row.line}: {row.address} is a mailbox of this desk; "
                "write the customer's own address"
            )


def _not_here(w: Wiring, connection: Connection, rows: Sequence[CustomerRow]) -> Iterable[str]:
    """A calendar, a user and the like that there is not."""
    for row in rows:
        for name, value in row.terms.items():
            try:
                checked(w, connection, name, written(value))
            except AmendsError as error:
                yield f"line {row.line}: {name}: {error.what}; {error.mend}"


def _to_recount(plan: Plan) -> list[str]:
    moved = [to for _, to in plan.taken.values()]
    moved += [customer for customer, name in plan.terms if moves_clocks(name)]
    return [name_of(customer) for customer in dict.fromkeys(moved)]


def _moving(connection: Connection, plan: Plan) -> dict[int, int]:
    """Each case of a provisional contact that gets another customer, with that customer."""
    return {
        case: plan.taken[contact][1]
        for case, customer, contact in store.cases_of(connection, plan.taken)
        if customer == plan.taken[contact][0]
    }


def _apply(h: Happening, plan: Plan) -> int:
    tx = h.book.tx
    h.book.lock(_moving(tx, plan))
    moving = _moving(tx, plan)
    store.write(
        tx,
        new_customers=plan.new_customers,
        changed_customers=plan.changed_customers,
        new_contacts=plan.new_contacts,
        changed_contacts=plan.changed_contacts,
    )
    for case, customer in moving.items():
        values = {"customer_id": customer}
        h.record(case, "customer_confirmed", Update(tables.cases, case, values))
    h.book.flush()
    for customer in dict.fromkeys(moving.values()):
        store.move_threads(tx, [c for c, to in moving.items() if to == customer], customer)
    for case in moving:
        ask_again(h, case)  # this one may have a system of its own
    store.forget_empty(tx, [before for before, _ in plan.taken.values()])
    for (customer, name), value in plan.terms.items():
        change(h, Party(customer_id=customer), name, value, _IMPORTED)
    for name in _to_recount(plan):
        reckoned.note(tx, Reckoned(name, None, _IMPORTED, h.actor, h.at))
    return len(moving)


def _counted(plan: Plan, file: CustomerFile, cases: int) -> Imported:
    return Imported(
        customers_added=len(plan.new_customers),
        customers_changed=len(plan.changed_customers),
        contacts_added=len(plan.new_contacts),
        contacts_changed=len(plan.changed_contacts),
        contacts_confirmed=plan.confirmed,
        terms_changed=len(plan.terms),
        cases_moved=cases,
        notices=file.notices,
    )
