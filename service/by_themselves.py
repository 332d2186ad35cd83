"""Whether a letter may leave by itself: what the terms say of automatic mails (R-11, R-13)."""

from __future__ import annotations

from typing import Final

from cases.status import step_of
from service.tasks import open_task
from service.terms import terms_of, terms_of_customer
from service.wiring import Happening
from storage.records import Case, Contact

NO_MAILS: Final = "no automatic mails are agreed with this customer"
# It acknowledges the new case, so it is owed whatever was agreed.
_OWED: Final = ("registered_anew",)


def is_wanted(h: Happening, case: Case, template: str) -> bool:
    """Whether the customer wants to hear of the step that this letter tells of."""
    step = step_of(template)
    return step is None or step in _OWED or step in terms_of(h, case).many("status_mails")


def held_if_agreed(h: Happening, case: Case) -> Happening:
    """The same happening; without automatic mails its letters wait for a person, with a task."""
    if terms_of(h, case).flag("automatic_mails"):
        return h
    open_task(h, case.id, "letter_held", NO_MAILS)
    return h.because(h.actor, h.cause, hold=NO_MAILS)


def may_leave(h: Happening, contact: Contact | None) -> bool:
    """Whether a first letter may leave by itself to this contact's customer."""
    if contact is None:
        return True
    return bool(terms_of_customer(h, contact.customer_id).get("automatic_mails", True))
