"""What happens with a colleague's mail: filed for the customer, and the colleague gets the number
(R-31). His own mail to a customer never makes a case and is never acknowledged."""

from __future__ import annotations

from typing import Final

from cases.errors import BadInput
from service.arrived import Arrived
from service.asked import asked_now, passed_on
from service.clocks import resume_clocks, running, start_clock, stop_these
from service.colleagues import PassedOn
from service.filing import file_mail, remember_thread
from service.judge import Place
from service.kept import confirm_measures
from service.letters import promise_internal
from service.tasks import open_task
from service.wiring import Happening
from storage import casefile, lookup, people
from storage.records import Case

SENT_BY_US: Final = "sent by a colleague"
_NOTICE: Final = "new_case"


def actor_of(h: Happening, found: PassedOn) -> str:
    """Who acts: the user with this address, else nobody by name."""
    address = found.colleague.address
    known = (one for one in people.users(h.book.tx) if one.email == address and one.enabled)
    return next((f"user:{one.name}" for one in known), "system")


def weighed(arrived: Arrived, where: Place) -> Place:
    """Where it really goes: what a colleague wrote to a customer makes no case."""
    found = arrived.passed_on
    if found is None or found.role != "writes_out" or where.case_id is not None:
        return where
    return Place(SENT_BY_US, aside=True)


def join(h: Happening, arrived: Arrived, case: Case, place: Place) -> Case:
    """File it in the case. Nothing acts: a colleague has no say for the customer (R-29)."""
    found = arrived.passed_on
    assert found is not None
    message_id = h.new_id()
    who = found.colleague.address
    file_mail(h, arrived, case, place, message_id)
    if not place.third_party:
        remember_thread(h, arrived.mail, case)
    if found.role == "writes_out":
        names = [clock.name for clock in running(h, case.id)]
        if names:
            why = f"{who} wrote to the customer; which promise did that keep?"
            told = {"clocks": names}
            open_task(h, case.id, "colleague_wrote", why, message_id=message_id, suggestion=told)
        return case
    at = found.received_at or arrived.sighting.internal_date
    resume_clocks(h, case.id, at)
    start_clock(h, case, "answer", at, message_id=message_id)
    why = f"{who} passed on a mail of the customer; a person must read what it answers"
    known = lookup.Known()
    h.book.flush()  # another mail of this batch may have opened the case
    lookup.read_cases(h.book.tx, [case.id], known)
    meant = passed_on(arrived.sent, asked_now(case, known.letters[case.id]))
    open_task(h, case.id, "read_reply", why, message_id=message_id, suggestion=meant)
    return case


def tell_colleague(h: Happening, case: Case, found: PassedOn, message_id: int) -> None:
    """The colleague gets the number by mail; no clock stops because of it."""
    if not found.proven:
        return
    who = found.colleague
    facts = {"promises": _promises(h, case)}
    promise_internal(
        h,
        case,
        (who.name, who.address),
        _NOTICE,
        cause=str(message_id),
        facts=facts,
        answers=message_id,
    )


def _promises(h: Happening, case: Case) -> list[dict[str, str]]:
    zone = h.wiring.timezone
    return [
        {"what": clock.name, "due": f"{clock.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone})"}
        for clock in running(h, case.id)
    ]


def book_clock(h: Happening, message_id: int, case_id: int, name: str) -> None:
    """R-7: what a colleague wrote to the customer is the act that stopped this clock, when it came.

    No `name` is needed where only one runs.
    """
    every = running(h, case_id)
    names = list(dict.fromkeys(clock.name for clock in every))
    wanted = [name] if name else names
    if len(wanted) != 1 or wanted[0] not in names:
        told = ", ".join(names) or "none"
        raise BadInput(f"which clock did it stop? Running: {told}", mend="--option CLOCK, or done")
    at = casefile.message(h.book.tx, message_id)["arrived_at"]
    owed = [clock for clock in every if clock.name == wanted[0] and clock.started_at <= at]
    if not owed:
        raise BadInput(f"the clock {wanted[0]} started after this mail", mend="choose another one")
    stop_these(h, owed, f"message:{message_id}", at=at)
    if wanted[0] == "measures":
        confirm_measures(h, casefile.by_id(h.book.tx, case_id))
