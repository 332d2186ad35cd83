"""What holds for one case: the company's terms, the customer's, the case's own (R-11)."""

from __future__ import annotations

from cases.terms import Terms
from service.wiring import Happening
from storage import terms as agreed
from storage.records import Case


def terms_of(h: Happening, case: Case) -> Terms:
    """The terms of this case as they hold in this transaction."""
    h.book.flush()
    return Terms(
        agreed.of_customer(h.book.tx, case.customer_id),
        agreed.of_case(h.book.tx, case.id),
    )
