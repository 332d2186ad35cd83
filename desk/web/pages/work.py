"""What waits for me: tasks and cases; and a complaint that came by phone."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from cases.errors import BadInput
from desk.web.visit import Visit
from service.oral import Call, register_call
from service.people import act
from service.resolving import fitting
from storage import views


def home(visit: Visit) -> Response:
    """My tasks and cases; everybody's with ?whose=all."""
    mine = visit.request.query_params.get("whose", "mine") != "all"
    with visit.w.db.read() as connection:
        tasks = views.task_list(connection)
        cases = views.open_cases(connection)
    if mine:
        own = (visit.user.name, None)
        tasks = [task for task in tasks if task["manager"] in own]
        cases = [case for case in cases if case["manager"] in own]
    return visit.page("work.html", tasks=tasks, cases=cases, mine=mine, fitting=fitting)


def cases(visit: Visit) -> Response:
    """All cases, or those in which a word is found."""
    wanted = visit.request.query_params.get("q", "").strip()
    only_open = visit.request.query_params.get("state") == "open"
    with visit.w.db.read() as connection:
        found = views.find_cases(connection, wanted, only_open=only_open)
    return visit.page("cases.html", cases=found, wanted=wanted, only_open=only_open)


def phone(visit: Visit) -> Response:
    """The form for a call."""
    return visit.page(
        "phone.html", boxes=visit.w.settings.mailbox, languages=visit.w.settings.company.languages
    )


def register_phone(visit: Visit) -> Response:
    """Register what was said on the phone (R-31)."""
    call = Call(
        visit.text("mailbox"),
        visit.text("address"),
        visit.text("name"),
        visit.text("subject"),
        visit.text("text"),
        _moment(visit),
        visit.text("language"),
    )
    with act(visit.w, visit.user.name, "new") as h:
        number = register_call(h, call)
    return visit.go(f"/case/{number}", "registered")


def _moment(visit: Visit) -> datetime:
    written = visit.text("received")
    try:
        at = datetime.fromisoformat(written) if written else visit.w.now()
    except ValueError as error:
        raise BadInput(f"{written!r} is no time", mend="write it as 2026-11-22 14:30") from error
    return at if at.tzinfo else at.replace(tzinfo=visit.w.timezone)
