"""Who writes: known contacts, and provisional ones until a manager says whose they are (R-33)."""

from __future__ import annotations

from cases.errors import BadInput
from mailer.addresses import valid
from service.terms import nothing_agreed
from service.wiring import Happening
from storage import people, tables
from storage.book import Insert
from storage.records import Contact


def contact_for(h: Happening, address: str, name: str) -> Contact:
    """The contact of this address; an unknown one is made, provisional until confirmed (R-33)."""
    wanted = address.strip().lower()
    if not valid(wanted):
        raise BadInput(f"{address!r} is not an address", mend="write name@example.com")
    found = people.contact_by_address(h.book.tx, wanted)
    return found or provisional(h, Contact(h.new_id(), h.new_id(), wanted, name, None))


def provisional(h: Happening, contact: Contact) -> Contact:
    """Write a contact that nobody knew, as its own customer until a manager says whose."""
    label = contact.name or contact.address
    made = {"confirmed": False, "created_at": h.at}
    customer = {"id": contact.customer_id, "name": label, **made}
    person = {
        "id": contact.id,
        "customer_id": contact.customer_id,
        "address": contact.address,
        "name": contact.name,
        **made,
    }
    nothing_agreed(h, customer_id=contact.customer_id)
    h.book.aside(Insert(tables.customers, customer), Insert(tables.contacts, person))
    return contact
