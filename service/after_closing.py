"""A mail to a closed case: how satisfied he is, an objection, or a complaint of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cases.answers import Answer, Asked, read
from cases.answers.verdicts import COMPLAINT
from cases.errors import IllegalStep
from cases.lifecycle import Event, State
from intake.facts.find import GUESSED
from intake.kinds.silence import may_acknowledge
from service.arrived import Arrived
from service.asked import RATINGS, Found
from service.authority import Ruling
from service.clocks import again
from service.found import case_values, line_values
from service.objecting import tell_objection
from service.opening import Opening, open_case
from service.relating import relate
from service.steps import Because, take_step
from service.tasks import open_task
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Update
from storage.records import Case, Contact

DISPUTED: Final = "disputed_closing"
_PEOPLE: Final = ("reply", "complaint")
_NAMES: Final = ("po_pi_no", "part_number", "lot")
_DISSATISFIED: Final = RATINGS["not_satisfied"]


def rate(h: Happening, case: Case, found: Found, ruling: Ruling, message_id: int) -> None:
    """Keep how satisfied the customer is, with the mail that says so. It never re-opens a case."""
    if ruling.verdict == "refused":
        why = f"the customer says {found.rating}, but {ruling.reason}"
        told = {"customer_satisfaction": found.rating}
        open_task(h, case.id, "satisfaction", why, message_id=message_id, suggestion=told)
        return
    values = {"customer_satisfaction": found.rating, "satisfaction_message_id": message_id}
    h.record(case.id, "satisfaction_told", Update(tables.cases, case.id, values))
    if found.rating == _DISSATISFIED:
        why = "the customer is not satisfied with how the complaint was handled"
        open_task(h, case.id, "dissatisfied", why, message_id=message_id)


def undo_closing(
    h: Happening,
    arrived: Arrived,
    case: Case,
    sender: Contact | None,
    found: Found,
    because: Because,
) -> Case | None:
    """An objection takes back a closing that rests on the default authority alone (design.md).

    Anybody of the customer may object, in any words that say no: that is the safe direction, for a
    person looks at it and nothing else happens. None: it is no objection, or the closing stands.
    """
    if not _objects(found.answer) or not _of_customer(arrived, case, sender):
        return None
    try:
        after = take_step(h, case, Event.CLOSING_UNDONE, because)
    except IllegalStep:
        return None
    for clock in casefile.clocks_ended_by(
        h.book.tx, case.id, "cancelled", f"step:{Event.APPROVED}"
    ):
        h.record(case.id, "clock_resumed", Update(tables.clocks, clock.id, again(h, clock)))
    who = sender.address if sender else "the customer"
    why = f"{who} objects to the closing, which is undone: {because.reason}"
    told = {"verdict": "reject", "phrase": because.reason}
    message_id = because.message_id
    open_task(h, case.id, DISPUTED, why, message_id=message_id, suggestion=told)
    tell_objection(h, after, "closing_undone", because.reason, message_id)
    return after


def _objects(answer: Answer) -> bool:
    """A plain no, words that reject with others around them, or a fault that is still there. A mere
    "no" with more around it may say no to anything."""
    if answer.verdict == "reject":
        return not answer.partly or "/reject" in answer.rule
    return answer.rule == COMPLAINT


def _of_customer(arrived: Arrived, case: Case, sender: Contact | None) -> bool:
    return (
        sender is not None
        and sender.customer_id == case.customer_id
        and arrived.screened.kind in _PEOPLE
        and arrived.mail.proven_sender
        and not arrived.authentication.failed
    )


def is_new_complaint(h: Happening, arrived: Arrived, case: Case, sender: Contact | None) -> bool:
    """Whether an answer to a closed case is a complaint of its own: it complains, and is too late
    to re-open the case, or names another order, part or lot."""
    if case.state != State.CLOSED or not _of_customer(arrived, case, sender):
        return False
    answer = read(arrived.mail.new_text, Asked("closed"))
    complains = _objects(answer) or _counts(arrived)
    return complains and (_too_late(h, case) or _names_another(h, arrived, case))


def _too_late(h: Happening, case: Case) -> bool:
    within = timedelta(days=h.wiring.settings.company.reopen_days)
    return case.closed_at is not None and h.at - case.closed_at > within


def _counts(arrived: Arrived) -> bool:
    """Whether it says how many pieces are bad."""
    named = (line.get("quantity_complained") for line in arrived.facts.lines)
    return any(fact is not None and fact.where != GUESSED for fact in named)


def _names_another(h: Happening, arrived: Arrived, case: Case) -> bool:
    """Whether an order, part or lot is named, and none that the case knows."""
    lines = h.book.rows(tables.lines, case.id)
    for name in _NAMES:
        known = {str(line[name]).casefold() for line in lines if line[name]}
        told = {
            line[name].value.casefold()
            for line in arrived.facts.lines
            if name in line and line[name].where != GUESSED
        }
        if known and told and not known & told:
            return True
    return False


def open_anew(h: Happening, arrived: Arrived, case: Case, sender: Contact, message_id: int) -> Case:
    """A case of its own for this mail, which names the closed one and is named there."""
    may, why_not = may_acknowledge(arrived.mail)
    new = open_case(
        h,
        Opening(
            mailbox=arrived.sighting.mailbox,
            subject=arrived.mail.subject,
            language=h.wiring.language_of(
                arrived.sighting.mailbox, sender.language, arrived.mail.language
            ),
            arrived_at=arrived.sighting.internal_date,
            contact=sender,
            letter="acknowledgment" if may else None,
            message_id=message_id,
            values=case_values(arrived.facts),
            lines=line_values(arrived.facts),
        ),
    )
    relate(h, new, case, message_id)
    if not may:
        told = {"acknowledge": True}
        kind = "acknowledgment_withheld"
        open_task(h, new.id, kind, why_not, message_id=message_id, suggestion=told)
    why = f"it came as an answer to {case.number}, which is closed"
    told_of = {"link": case.number}
    open_task(h, new.id, "link_suggested", why, message_id=message_id, suggestion=told_of)
    return new
