"""Customers that the company knows, with the people who write for them (R-33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cases.errors import BadInput
from mailer.addresses import valid
from service.wiring import Wiring
from storage.people import add_customer as add_rows


@dataclass(frozen=True, slots=True)
class Person:
    """A contact: name, address, and the language of letters to them, if agreed."""

    name: str
    address: str
    language: str | None = None


def add_customer(w: Wiring, code: str, name: str, people: Sequence[Person]) -> None:
    """Add a confirmed customer with its contacts. BadInput for what is no address."""
    for person in people:
        if not valid(person.address):
            raise BadInput(f"{person.address!r} is not an address", mend="write name@example.com")
    customer_id, at = w.ids.next(), w.now()
    customer = {"id": customer_id, "code": code, "name": name, "confirmed": True}
    contacts = [
        {
            "id": w.ids.next(),
            "customer_id": customer_id,
            "address": person.address.lower(),
            "name": person.name,
            "language": person.language,
            "confirmed": True,
            "created_at": at,
        }
        for person in people
    ]
    with w.db.write() as tx:
        add_rows(tx, {**customer, "created_at": at}, contacts)
