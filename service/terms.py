"""What holds for one case: the company's terms, the customer's, the case's own (R-11)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any, Final

from cases.terms import Terms
from service.wiring import Happening, Wiring
from storage import tables
from storage import terms as agreed
from storage.database import Connection
from storage.records import Case

_OF_CUSTOMER: Final = "terms of customer"
_OF_CASE: Final = "terms of case"


def terms_of(h: Happening, case: Case) -> Terms:
    """The terms of this case as they hold in this transaction."""

    def of_case() -> dict[str, Any]:
        h.book.settle(case.id, tables.terms)
        return agreed.of_case(h.book.tx, case.id)

    own = h.book.once((_OF_CASE, case.id), of_case)
    return Terms(h.wiring.settings.terms.agreed, terms_of_customer(h, case.customer_id), own)


def terms_of_customer(h: Happening, customer_id: int | None) -> dict[str, Any]:
    """What was agreed with a customer, as it holds in this transaction."""
    ask = partial(agreed.of_customer, h.book.tx, customer_id)
    return h.book.once((_OF_CUSTOMER, customer_id), ask)


def terms_of_many(h: Happening, cases: Collection[int], customers: Collection[int]) -> None:
    """Ask for the terms of all these in two questions; `terms_of` knows them then."""
    for one, theirs in agreed.of_customers(h.book.tx, customers).items():
        h.book.once((_OF_CUSTOMER, one), partial(dict, theirs))
    for one, own in agreed.of_cases(h.book.tx, cases).items():
        h.book.once((_OF_CASE, one), partial(dict, own))


def nothing_agreed(
    h: Happening, *, customer_id: int | None = None, case_id: int | None = None
) -> None:
    """With a customer or for a case that is new in this transaction: nothing to ask for."""
    h.book.once((_OF_CUSTOMER, customer_id), dict)
    h.book.once((_OF_CASE, case_id), dict)


def terms_in(w: Wiring, connection: Connection, case: Case) -> Terms:
    """The terms of this case as the database has them."""
    return Terms(
        w.settings.terms.agreed,
        agreed.of_customer(connection, case.customer_id),
        agreed.of_case(connection, case.id),
    )


def terms_of_new(h: Happening, customer_id: int | None) -> Terms:
    """The terms under which a new case of this customer begins."""
    return Terms(h.wiring.settings.terms.agreed, terms_of_customer(h, customer_id))


def calendar_of(w: Wiring, terms: Terms) -> str:
    """The name of the calendar that holds: one that was taken away is the company's."""
    wanted = terms.text("calendar")
    return wanted if wanted in w.settings.calendar else w.settings.company.calendar


def zone_of(w: Wiring, terms: Terms) -> str:
    """The time zone in which letters name moments."""
    return terms.text("timezone") or w.settings.company.timezone
