"""What holds for one case: the company's terms, the customer's, the case's own (R-11)."""

from __future__ import annotations

from cases.terms import Terms
from service.wiring import Happening, Wiring
from storage import tables
from storage import terms as agreed
from storage.database import Connection
from storage.records import Case


def terms_of(h: Happening, case: Case) -> Terms:
    """The terms of this case as they hold in this transaction."""
    h.book.settle(case.id, tables.terms)
    return terms_in(h.wiring, h.book.tx, case)


def terms_in(w: Wiring, connection: Connection, case: Case) -> Terms:
    """The terms of this case as the database has them."""
    return Terms(
        w.settings.terms.agreed,
        agreed.of_customer(connection, case.customer_id),
        agreed.of_case(connection, case.id),
    )


def terms_of_new(w: Wiring, connection: Connection, customer_id: int | None) -> Terms:
    """The terms under which a new case of this customer begins."""
    return Terms(w.settings.terms.agreed, agreed.of_customer(connection, customer_id))


def calendar_of(w: Wiring, terms: Terms) -> str:
    """The name of the calendar that holds: one that was taken away is the company's."""
    wanted = terms.text("calendar")
    return wanted if wanted in w.settings.calendar else w.settings.company.calendar


def zone_of(w: Wiring, terms: Terms) -> str:
    """The time zone in which letters name moments."""
    return terms.text("timezone") or w.settings.company.timezone
