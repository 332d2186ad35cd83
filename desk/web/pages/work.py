"""What waits for me: tasks and cases; and a complaint that came by phone."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from starlette.responses import Response

from cases.errors import BadInput
from desk.web.pages.cards import cards
from desk.web.render import told
from desk.web.visit import Visit
from service.oral import Call, register_call
from service.people import act
from storage import searching, worklist
from storage.measures import owed_by


def home(visit: Visit) -> Response:
    """My tasks and cases; everybody's with ?whose=all."""
    mine = visit.request.query_params.get("whose", "mine") != "all"
    manager = visit.user.name if mine else None
    with visit.w.db.read() as connection:
        tasks = worklist.open_tasks(connection, page(visit, "tasks"), manager)
        return visit.page(
            "work.html",
            tasks=tasks,
            cards=cards(connection, tasks.rows),
            cases=worklist.open_cases(connection, page(visit, "cases"), manager),
            counts=worklist.counts(connection, visit.w.now(), manager),
            mine=mine,
            measures=owed_by(connection, visit.user.name) if mine else [],
            today=visit.w.now().astimezone(visit.w.timezone).date().isoformat(),
        )


def page(visit: Visit, name: str = "page") -> int:
    """Which page of a list is wanted; what is no number is the first."""
    wanted = visit.request.query_params.get(name, "1")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1


def cases(visit: Visit) -> Response:
    """All cases, or those in which a word is found; a whole number goes to its case."""
    wanted = visit.request.query_params.get("q", "").strip()[:100]
    only_open = visit.request.query_params.get("state") == "open"
    with visit.w.db.read() as connection:
        found = searching.found(connection, wanted, page(visit), only_open=only_open)
    if len(found.rows) == 1 and found.rows[0]["number"].lower() == wanted.lower():
        return visit.go(f"/case/{quote(found.rows[0]['number'], safe='')}")
    return visit.page("cases.html", cases=found, wanted=wanted, only_open=only_open)


def phone(visit: Visit) -> Response:
    """The form for a call."""
    return _phone(visit)


def _phone(visit: Visit, refused: str = "", status: int = 200) -> Response:
    return visit.page(
        "phone.html",
        status,
        boxes=visit.w.settings.mailbox,
        languages=visit.w.settings.company.languages,
        form=visit.form,
        refused=refused,
    )


def register_phone(visit: Visit) -> Response:
    """Register what was said on the phone (R-31)."""
    try:
        call = Call(
            visit.text("mailbox"),
            visit.text("address"),
            visit.text("name"),
            visit.text("subject"),
            visit.text("text"),
            _moment(visit),
            visit.text("language"),
            _not_concerned(visit),
        )
        with act(visit.w, visit.user.name, "new") as h:
            number = register_call(h, call)
    except BadInput as error:
        return _phone(visit, told(error), 409)
    return visit.go(f"/case/{number}", "registered")


def _not_concerned(visit: Visit) -> str:
    """R-2: why no goods are concerned; without a word they are."""
    if visit.text("concerned") != "no":
        return ""
    if not visit.text("goods_why"):
        raise BadInput("no goods are concerned, and the reason lacks", mend="say why")
    return visit.text("goods_why")


def _moment(visit: Visit) -> datetime:
    written = visit.text("received")
    try:
        at = datetime.fromisoformat(written) if written else visit.w.now()
    except ValueError as error:
        raise BadInput(f"{written!r} is no time", mend="write it as 2026-11-22 14:30") from error
    return at if at.tzinfo else at.replace(tzinfo=visit.w.timezone)
