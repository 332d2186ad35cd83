"""Measures: added and moved by managers, done by their owners with what shows it (R-26)."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from cases.errors import BadInput, NotAllowed
from desk.web.pages.case import case_page
from desk.web.render import told
from desk.web.visit import Visit
from service import measures
from service.people import act
from storage import casefile


def add(visit: Visit) -> Response:
    """A measure with its owner and date."""
    number = visit.path["number"]
    try:
        measure = measures.Measure(
            visit.text("kind"), visit.text("text"), visit.text("owner"), _day(visit.text("due_on"))
        )
        with act(visit.w, visit.user.name, "measure") as h:
            measures.add_measure(h, number, measure)
    except BadInput as error:
        return case_page(visit, "measure", told(error), 409)
    return visit.go(f"/case/{number}#measures", "added")


def done(visit: Visit) -> Response:
    """A measure was done, and this shows it: words, files or both."""
    given = visit.attachments("file")
    with visit.w.db.read() as connection:
        # Before any file is kept: strangers to the measure leave nothing behind.
        measure = casefile.measure(connection, visit.number("measure"))
    if measure.owner != visit.user.name and not visit.may("measure"):
        raise NotAllowed(f"{visit.user.name} may not do this: the measure is not theirs")
    files = measures.prepared(visit.w, ((one.name, one.content_type, one.data) for one in given))
    with act(visit.w, visit.user.name, "own_measure") as h:
        number = measures.measure_done(h, measure.id, visit.text("evidence"), files)
    return visit.go("/" if visit.text("back") == "/" else f"/case/{number}#measures", "done")


def move(visit: Visit) -> Response:
    """Another date or owner, with the reason."""
    measure_id = visit.number("measure")
    due_on = _day(visit.text("due_on")) if visit.text("due_on") else None
    with act(visit.w, visit.user.name, "measure") as h:
        number = measures.move_measure(
            h, measure_id, visit.text("why"), due_on=due_on, owner=visit.text("owner")
        )
    return visit.go(f"/case/{number}#measures", "moved")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no date", mend="write it as 2026-12-31") from error
