"""A mail that begins a case: its contact, its acknowledgment, and what a person must look at."""

from __future__ import annotations

from typing import Any

from intake.kinds import spam
from intake.kinds.silence import may_acknowledge
from intake.mail import Mail
from mailer.addresses import valid
from service import passing_on, threads
from service.arrived import Arrived
from service.by_themselves import NO_MAILS, may_leave
from service.clocks import ON_COMPLAINT, WITHOUT_GOODS
from service.contacts import provisional
from service.filing import file_mail, remember_thread
from service.first_start import WHY_WITHHELD, WITHHELD
from service.found import case_values, formality, line_values
from service.judge import GUESSING, Place
from service.opening import Opening, open_case
from service.robots import SAME_WORDS, Robots
from service.sender import addressed
from service.tasks import open_task
from service.wiring import Happening
from storage.lookup import Known
from storage.records import Case, Contact


def begin_case(h: Happening, arrived: Arrived, where: Place, known: Known, robots: Robots) -> Case:
    """R-1: a new case, with the promise of its acknowledgment where one may be sent."""
    mail, passed_on = arrived.mail, arrived.passed_on
    contact = contact_of(h, mail, known)
    may, why_not = _may_answer(h, arrived, contact, robots)
    wishes = (contact.language if contact else None, mail.language)
    message_id = h.new_id()
    addressee, facts = addressed(arrived, contact) if contact else (None, {})
    case = open_case(
        h,
        Opening(
            mailbox=arrived.sighting.mailbox,
            subject=mail.subject,
            language=h.wiring.language_of(arrived.sighting.mailbox, *wishes),
            arrived_at=(passed_on and passed_on.received_at) or arrived.sighting.internal_date,
            contact=addressee,
            letter="acknowledgment" if may else None,
            message_id=message_id,
            facts=facts,
            values=case_values(arrived.facts) | formality(arrived),
            lines=line_values(arrived.facts),
            clocks=WITHOUT_GOODS if arrived.screened.kind == "unreadable" else ON_COMPLAINT,
        ),
    )
    file_mail(h, arrived, case, where, message_id)
    remember_thread(h, mail, case)
    threads.add_case(known, case, mail, case_values(arrived.facts).get("customer_reference"))
    _open_tasks(h, arrived, where, case, known, message_id, why_not)
    if passed_on:
        passing_on.tell_colleague(h, case, passed_on, message_id)
    return case


def _may_answer(
    h: Happening, arrived: Arrived, contact: Contact | None, robots: Robots
) -> tuple[bool, str]:
    """Whether a letter may go out by itself, and why not."""
    if arrived.sighting.caution == WITHHELD:
        return False, WHY_WITHHELD
    if arrived.passed_on and arrived.passed_on.why:
        return False, arrived.passed_on.why
    if arrived.authentication.failed:
        return False, f"the sender may be forged: {arrived.authentication.told()}"
    if contact is None:
        return False, "the sender is unknown or not proven"
    if arrived.spam and not (contact.confirmed and arrived.authentication.passed):
        return False, spam.WHY
    may, why_not = may_acknowledge(arrived.mail)
    if may and not arrived.passed_on and robots.repeats_itself(arrived):
        return False, SAME_WORDS
    if may and not may_leave(h, contact):
        return False, NO_MAILS
    return may, why_not


def _open_tasks(
    h: Happening,
    arrived: Arrived,
    where: Place,
    case: Case,
    known: Known,
    message_id: int,
    why_not: str,
) -> None:
    if why_not:
        # Where somebody is known to write to, one click sends what was withheld.
        known_as: dict[str, Any] | None = {"acknowledge": True} if case.contact_id else None
        origin = arrived.passed_on.row() if arrived.passed_on else None
        if known_as is None and origin and origin["address"]:
            known_as = {"address": origin["address"]}
        kind = "acknowledgment_withheld"
        open_task(h, case.id, kind, why_not, message_id=message_id, suggestion=known_as)
    if arrived.screened.kind == "unreadable":
        open_task(h, case.id, "unreadable_mail", arrived.mail.defects[-1], message_id=message_id)
    if where.reason == GUESSING:
        open_task(h, case.id, "token_guessing", "the sender tries tokens", message_id=message_id)
    for other in where.suggested:
        number = known.cases[other].number
        open_task(
            h,
            case.id,
            "link_suggested",
            f"the mail names {number}",
            message_id=message_id,
            suggestion={"link": number},
        )


def contact_of(h: Happening, mail: Mail, known: Known) -> Contact | None:
    """R-33: an unknown sender makes a provisional contact; a manager confirms it."""
    if mail.from_ is None or not mail.proven_sender or not valid(mail.from_.address):
        return None
    if found := known.contacts.get(mail.from_.address):
        return found
    contact = provisional(
        h, Contact(h.new_id(), h.new_id(), mail.from_.address, mail.from_.name, None)
    )
    known.contacts[contact.address] = contact
    return contact
