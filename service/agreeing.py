"""Terms are agreed, changed and taken back, with a reason; the clocks that run follow (R-11).

A customer's terms move the clocks of all his open cases, in one transaction a case. That this is to
be done is stored with the terms: what a crash leaves, the next sweep does (service/recounting.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cases.errors import BadInput, NotFound
from cases.terms import Value, moves_clocks, term, written
from config.values import timezone_name
from service.people import act, acting
from service.recomputing import recompute
from service.recounting import name_of, recount
from service.wiring import Happening, Wiring
from storage import casefile, customers, reckoned, tables
from storage import terms as store
from storage.book import Insert, Update
from storage.database import Connection
from storage.reckoned import Reckoned


@dataclass(frozen=True, slots=True)
class Party:
    """With whom it is agreed: a customer, or for one case ("unusual complaints")."""

    customer_id: int | None = None
    case: str = ""


def party(connection: Connection, customer: str, case: str) -> Party:
    """The customer with this code, or the case with this number; one of the two."""
    if bool(customer) == bool(case):
        raise BadInput("terms are of a customer or of a case", mend="give one of the two")
    if case:
        return Party(case=casefile.by_number(connection, case).number)
    return Party(customer_id=customers.by_code(connection, customer).id)


def agree(w: Wiring, user: str, to: Party, name: str, text: str, why: str) -> int:
    """Agree upon a term, instead of what was agreed before; return how many cases it moved."""
    with act(w, user, "terms") as h:
        _needs_reason(why)
        value = checked(w, h.book.tx, name, text)
        if not change(h, to, name, value, why.strip()):
            raise BadInput(f"{name} is {written(value) or 'empty'} already", mend="see the terms")
        moved = _of_case(h, to, name, why)
    return moved if to.case else _of_customer(w, to, name)


def take_back(w: Wiring, user: str, to: Party, name: str, why: str) -> int:
    """A term is agreed no more: the layer below holds again. Return how many cases it moved."""
    with act(w, user, "terms") as h:
        _needs_reason(why)
        term(name)
        if not change(h, to, name, None, why.strip()):
            raise BadInput(f"{name} was not agreed", mend="see the terms")
        moved = _of_case(h, to, name, why)
    return moved if to.case else _of_customer(w, to, name)


def change(h: Happening, to: Party, name: str, value: Value | None, why: str) -> bool:
    """Write it, in this transaction; `value` None takes it back. Whether anything changed."""
    case_id = _held(h, to)
    tx = h.book.tx
    every = store.held(tx, customer_id=to.customer_id, case_id=case_id)
    before = [one for one in every if one["name"] == name and one["ended_at"] is None]
    if [one["value"] for one in before] == ([] if value is None else [value]):
        return False
    for one in before:
        _end(h, case_id, one["id"])
    if value is not None:
        _begin(h, to, case_id, name, value, why)
    if case_id is None and moves_clocks(name):
        told = f"{name} is {'taken back' if value is None else written(value)}: {why}"
        reckoned.note(tx, Reckoned(name_of(to.customer_id), None, told, h.actor, h.at))
    return True


def checked(w: Wiring, connection: Connection, name: str, text: str) -> Value:
    """The value in this text; BadInput for what cannot be agreed here."""
    value, settings = term(name).read(text), w.settings
    known = {"calendar": tuple(settings.calendar), "language": settings.company.languages}
    if value and name in known and value not in known[name]:
        raise BadInput(f"there is no {name} {value}", mend=f"one of {', '.join(known[name])}")
    if value and name == "manager":
        acting(connection, str(value), "letter")  # who cannot write letters cannot manage a case
    if value and name == "timezone":
        try:
            timezone_name(str(value))
        except ValueError as error:
            raise BadInput(f"timezone {value!r} {error}", mend="as in Europe/Berlin") from None
    return value


def _needs_reason(why: str) -> None:
    if not why.strip():
        raise BadInput("terms need a reason", mend="--why TEXT")


def _held(h: Happening, to: Party) -> int | None:
    if to.case:
        return casefile.locked(h.book, to.case).id
    if to.customer_id is None or customers.hold(h.book.tx, to.customer_id) is None:
        raise NotFound(f"there is no customer {to.customer_id}", mend="see the customers")
    return None


def _end(h: Happening, case_id: int | None, term_id: int) -> None:
    h.book.forget()
    if case_id is None:
        store.end(h.book.tx, term_id, h.at, h.actor)
        return
    values = {"ended_at": h.at, "ended_by": h.actor}
    h.record(case_id, "term_ended", Update(tables.terms, term_id, values))
    h.book.flush()  # of one name only one term holds, by a unique key


def _begin(h: Happening, to: Party, case_id: int | None, name: str, value: Value, why: str) -> None:
    h.book.forget()
    row: dict[str, Any] = {
        "id": h.new_id(),
        "customer_id": to.customer_id,
        "case_id": case_id,
        "name": name,
        "value": list(value) if isinstance(value, tuple) else value,
        "reason": why,
        "actor": h.actor,
        "since": h.at,
    }
    if case_id is None:
        store.add(h.book.tx, row)
    else:
        h.record(case_id, "term_agreed", Insert(tables.terms, row))


def _of_case(h: Happening, to: Party, name: str, why: str) -> int:
    """R-11: one case, in the transaction of its cause."""
    if not to.case or not moves_clocks(name):
        return 0
    case = casefile.by_number(h.book.tx, to.case)
    return int(recompute(h, case.id, f"{name} was agreed anew: {why.strip()}") > 0)


def _of_customer(w: Wiring, to: Party, name: str) -> int:
    return recount(w, name_of(to.customer_id)) if moves_clocks(name) else 0
