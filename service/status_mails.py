"""R-13: the customer is told by itself of a step that no other letter tells of."""

from __future__ import annotations

from cases.lifecycle import OPEN_STATES
from cases.status import STATUS, by_itself
from service.letters import promise
from service.terms import terms_of
from service.wiring import Happening
from storage import casefile, people
from storage.records import Case


def tell_status(h: Happening, case: Case, step: str) -> None:
    """Promise the letter, once a round, if the terms name the step and mails may leave."""
    if not by_itself(step) or case.contact_id is None or case.state not in OPEN_STATES:
        return
    terms = terms_of(h, case)
    if not terms.flag("automatic_mails") or step not in terms.many("status_mails"):
        return
    cause = f"{step}:{case.round}"
    if casefile.is_promised(h.book.tx, f"{case.id}:{STATUS}:{cause}"):
        return
    contact = people.contact(h.book.tx, case.contact_id)
    promise(h, case, contact, STATUS, answers=None, facts={"status": step}, cause=cause)
