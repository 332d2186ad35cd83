"""One case: its correspondence, facts, lines, clocks, measures, tasks and history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from cases.errors import BadInput
from cases.lifecycle import OPEN_STATES, State
from desk.web.files import ticket
from desk.web.visit import Visit
from intake.newtext import split
from service import deciding, editing, measures
from service.deciding import POSSIBLE_DECISIONS, Decision
from service.editing import CASE_FIELDS, LINE_FIELDS
from service.people import act
from service.pictures import SHOWN
from service.resolving import fitting
from storage import casefile, views
from storage import history as record
from storage import people as stored


def show(visit: Visit) -> Response:
    """The whole case on one page."""
    w = visit.w
    with w.db.read() as connection:
        found = casefile.by_number(connection, visit.path["number"])
        case = views.case_show(connection, found)
        users = stored.users(connection)
        others = views.same_customer(connection, found)
    for message in case["messages"]:
        message["new"], message["rest"] = _folded(message)
        for one in message["attachments"]:
            one["url"] = ticket(w, visit.session, one["id"], "file")
            shown = one["content_type"] in SHOWN
            one["picture"] = ticket(w, visit.session, one["id"], "picture") if shown else None
    return visit.page(
        "case.html",
        case=case,
        users=[user for user in users if user.role != "viewer" and user.enabled],
        others=others,
        fields=CASE_FIELDS,
        line_fields=LINE_FIELDS,
        company=w.settings.company,
        kinds=measures.KINDS,
        decisions=decisions(case["state"]),
        steps=editing.states_by_hand(w, found),
        fitting=fitting,
        is_open=State(case["state"]) in OPEN_STATES,
    )


def _folded(message: Mapping[str, Any]) -> tuple[str, str]:
    """What is new in a mail, and what it only repeats; nothing is ever left out."""
    if message["direction"] == "out":
        return message["text"], ""
    new, quoted, signature = split(message["text"])
    rest = "\n\n".join(part for part in (signature, quoted) if part.strip())
    return (new, rest) if new.strip() else (message["text"], "")


def decisions(state: str) -> tuple[str, ...]:
    """What can be decided in this state."""
    return tuple(kind for kind, at in POSSIBLE_DECISIONS if at == state)


def history(visit: Visit) -> Response:
    """Everything that happened, and whether the record is whole."""
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
        steps = record.steps(connection, case.id)
        faults = record.faults(connection, case.id)
    return visit.page("history.html", case=case, steps=steps, faults=faults)


def set_fields(visit: Visit) -> Response:
    """Facts of the case, or a step by hand."""
    number = visit.path["number"]
    values = {name: visit.text(name) for name in (*CASE_FIELDS, "state") if name in visit.form}
    with act(visit.w, visit.user.name, "set") as h:
        editing.set_case(h, number, values)
    return visit.go(f"/case/{number}", "saved")


def set_line(visit: Visit) -> Response:
    """One line of the case; saving it confirms it (R-27)."""
    number = visit.path["number"]
    values = {name: visit.text(name) for name in LINE_FIELDS if name in visit.form}
    with act(visit.w, visit.user.name, "set") as h:
        editing.set_case(h, number, values, line=visit.number("line"))
    return visit.go(f"/case/{number}#lines", "confirmed")


def assign(visit: Visit) -> Response:
    """Another case manager."""
    number = visit.path["number"]
    with act(visit.w, visit.user.name, "assign") as h:
        editing.assign(h, number, visit.text("to"))
    return visit.go(f"/case/{number}", "assigned")


def decide(visit: Visit) -> Response:
    """What the customer decided, entered by hand with the reason."""
    number = visit.path["number"]
    decision = Decision(visit.text("decision"), visit.text("why"), visit.text("option") or None)
    with act(visit.w, visit.user.name, "decide") as h:
        state = deciding.decide(h, number, decision)
    return visit.go(f"/case/{number}", state)


def add_measure(visit: Visit) -> Response:
    """A measure with its owner and date."""
    number = visit.path["number"]
    try:
        due_on = date.fromisoformat(visit.text("due_on"))
    except ValueError as error:
        raise BadInput("the due date is no date", mend="write it as 2026-12-31") from error
    measure = measures.Measure(visit.text("kind"), visit.text("text"), visit.text("owner"), due_on)
    with act(visit.w, visit.user.name, "measure") as h:
        measures.add_measure(h, number, measure)
    return visit.go(f"/case/{number}#measures", "added")


def measure_done(visit: Visit) -> Response:
    """A measure was done, and this shows it."""
    with act(visit.w, visit.user.name, "measure") as h:
        number = measures.measure_done(h, visit.number("measure"), visit.text("evidence"))
    return visit.go(f"/case/{number}#measures", "done")
