"""One case: its correspondence, facts, lines, clocks, measures, tasks and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from cases.errors import BadInput, IllegalStep, NotFound
from cases.lifecycle import OPEN_STATES, State
from desk.web.files import ticket
from desk.web.pages.cards import cards, decisions
from desk.web.pages.mail import may_be_mail
from desk.web.pages.promises_shown import promised_dates
from desk.web.render import gist, told
from desk.web.timeline import draw
from desk.web.visit import Visit
from intake.reply.newtext import split
from service import deciding, editing, measures, telling
from service.deciding import Decision
from service.editing import CASE_FIELDS, LINE_FIELDS
from service.explaining import explain
from service.own_system import system_of
from service.people import act
from service.pictures import is_shown
from service.staging import case_view
from storage import casefile, views, worklist
from storage import history as record
from storage import people as stored
from storage.records import Case


def show(visit: Visit) -> Response:
    """The whole case on one page."""
    return case_page(visit)


def case_page(visit: Visit, tried: str = "", refused: str = "", status: int = 200) -> Response:
    """The case; after a refusal with what was typed in the form `tried`."""
    return visit.page(
        "case.html",
        status,
        **_shown(visit),
        fields=CASE_FIELDS,
        line_fields=LINE_FIELDS,
        company=visit.w.settings.company,
        kinds=measures.KINDS,
        form=visit.form,
        tried=tried,
        refused=refused,
    )


def _shown(visit: Visit) -> dict[str, Any]:
    """All that the page tells of the case itself."""
    w, now = visit.w, visit.w.now()
    with w.db.read() as connection:
        found = casefile.by_number(connection, visit.path["number"])
        users = stored.users(connection)
        people = {user.name: user.full_name for user in users}
        case = case_view(connection, found, people)
        of_case = {
            "others": views.same_customer(connection, found),
            "cards": cards(connection, _open_tasks(case, found)),
            "drawings": [draw(one, now, w.timezone) for one in explain(w, connection, found)],
            "promised": promised_dates(connection, found, case),
            "system": system_of(w, connection, found),
            "options": worklist.offered(connection, [found.id]).get(found.id, []),
        }
    return of_case | {
        "latest": _dress(visit, case),
        "case": case,
        "today": now.astimezone(w.timezone).date().isoformat(),
        "users": [user for user in users if user.role != "viewer" and user.enabled],
        "owners": [user for user in users if user.enabled],
        "people": people,
        "decisions": decisions(case["state"]),
        "steps": editing.states_by_hand(w, found),
        "is_open": State(case["state"]) in OPEN_STATES,
    }


def _open_tasks(case: Mapping[str, Any], found: Case) -> list[dict[str, Any]]:
    """The open tasks of a case, in the shape of the list of all tasks."""
    return [
        {
            **task,
            "case": found.number,
            "case_id": found.id,
            "state": case["state"],
            "message_id": int(task["message_id"]) if task["message_id"] else None,
        }
        for task in case["tasks"]
        if not task["resolved_at"]
    ]


def _dress(visit: Visit, case: Mapping[str, Any]) -> str:
    """Fold what was read before; return the id of the latest mail that came in."""
    letters = {letter["id"]: letter for letter in case["letters"]}
    newest = {message["direction"]: message["id"] for message in case["messages"]}
    wrote = {one["message_id"]: one for one in case["tasks"] if one["kind"] == "colleague_wrote"}
    for measure in case["measures"]:
        for one in measure["files"]:
            one["url"] = ticket(visit.w, visit.session, one["id"], "evidence")
    for message in case["messages"]:
        message["by_us"] = wrote.get(message["id"])
        message["new"], message["rest"] = _folded(message)
        message["letter"] = letters.get(message["letter_id"])
        message["open"] = message["id"] == newest.get("out")
        message["gist"] = _gist(message)
        message["attached"] = any(may_be_mail(one) for one in message["attachments"])
        for one in message["attachments"]:
            one["url"] = ticket(visit.w, visit.session, one["id"], "file")
            shown = is_shown(one)
            one["picture"] = ticket(visit.w, visit.session, one["id"], "picture") if shown else None
    return str(newest.get("in", ""))


def _gist(message: Mapping[str, Any]) -> str:
    """The first line of the manager's own words, else of the letter."""
    facts = message["letter"]["facts"] if message["letter"] else {}
    own = next((v for v in facts.values() if isinstance(v, str) and v.strip()), "")
    return gist(own or message["text"])


def _folded(message: Mapping[str, Any]) -> tuple[str, str]:
    """What is new in a mail, and what it only repeats; nothing is ever left out."""
    if message["direction"] == "out":
        return message["text"], ""
    new, quoted, signature = split(message["text"], message["from_name"] or "")
    rest = "\n\n".join(part for part in (signature, quoted) if part.strip())
    return (new, rest) if new.strip() else (message["text"], "")


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
    try:
        with act(visit.w, visit.user.name, "set") as h:
            editing.set_case(h, number, values, why=visit.text("why"))
    except BadInput as error:
        return case_page(visit, "fields", told(error), 409)
    return visit.go(f"/case/{number}", "saved")


def set_line(visit: Visit) -> Response:
    """One line of the case; saving it confirms it (R-27)."""
    number = visit.path["number"]
    values = {name: visit.text(name) for name in LINE_FIELDS if name in visit.form}
    try:
        with act(visit.w, visit.user.name, "set") as h:
            editing.set_case(h, number, values, line=visit.number("line"))
    except BadInput as error:
        return case_page(visit, f"line-{visit.number('line')}", told(error), 409)
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
    try:
        with act(visit.w, visit.user.name, "decide") as h:
            deciding.decide(h, number, decision)
    except (BadInput, IllegalStep) as error:
        return case_page(visit, "decide", told(error), 409)
    return visit.go(f"/case/{number}", "done")


def clock_told(visit: Visit) -> Response:
    """A promise was kept by phone or elsewhere: who told whom, and when (R-7)."""
    number = visit.path["number"]
    try:
        with act(visit.w, visit.user.name, "clock") as h:
            telling.told(h, number, visit.text("clock"), visit.text("act"))
    except (BadInput, NotFound) as error:
        return case_page(visit, "clock", told(error), 409)
    return visit.go(f"/case/{number}", "done")
