"""Customers that the company knows, with the people who write for them (R-33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from cases.errors import BadInput
from mailer.addresses import valid
from service.wiring import Wiring
from storage.tables import contacts, customers


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
    with w.db.write() as tx:
        customer_id, at = w.ids.next(), w.now()
        tx.execute(
            insert(customers).values(
                id=customer_id, code=code, name=name, confirmed=True, created_at=at
            )
        )
        for person in people:
            tx.execute(
                insert(contacts).values(
                    id=w.ids.next(),
                    customer_id=customer_id,
                    address=person.address.lower(),
                    name=person.name,
                    language=person.language,
                    confirmed=True,
                    created_at=at,
                )
            )
