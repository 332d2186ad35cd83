"""Putting right what belongs where."""

from __future__ import annotations

from starlette.responses import Response

from desk.web.visit import Visit
from service import sorting
from service.people import act


def merge(visit: Visit) -> Response:
    """Go on in another case."""
    into = visit.text("into")
    with act(visit.w, visit.user.name, "merge") as h:
        sorting.merge(h, visit.path["number"], into, visit.text("why"))
    return visit.go(f"/case/{into}", "merged")


def unmerge(visit: Visit) -> Response:
    """Undo a merge."""
    number = visit.path["number"]
    with act(visit.w, visit.user.name, "merge") as h:
        sorting.unmerge(h, number, visit.text("why"))
    return visit.go(f"/case/{number}", "merge undone")


def dismiss(visit: Visit) -> Response:
    """Not a complaint."""
    number = visit.path["number"]
    with act(visit.w, visit.user.name, "dismiss") as h:
        sorting.dismiss(h, number, visit.text("why"))
    return visit.go(f"/case/{number}", "dismissed")


def register_for(visit: Visit) -> Response:
    """The case is this customer's."""
    number = visit.path["number"]
    with act(visit.w, visit.user.name, "register_for") as h:
        sorting.register_for(h, number, visit.text("address"))
    return visit.go(f"/case/{number}", "registered for them")


def split(visit: Visit) -> Response:
    """This mail is a complaint of its own."""
    with act(visit.w, visit.user.name, "split") as h:
        number = sorting.split(h, visit.number("message"))
    return visit.go(f"/case/{number}", "registered")


def link(visit: Visit) -> Response:
    """This mail belongs to that case."""
    number = visit.text("case")
    with act(visit.w, visit.user.name, "link") as h:
        sorting.link(h, visit.number("message"), number)
    return visit.go(f"/case/{number}", "linked")
