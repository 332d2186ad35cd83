"""A task ends in one click."""

from __future__ import annotations

from starlette.responses import Response

from desk.web.visit import Visit
from service import resolving
from service.people import act


def resolve(visit: Visit) -> Response:
    """Do what the button says; without a written reason, the button is the reason."""
    way, _, chosen = visit.text("way").partition(":")
    option = chosen or visit.text("option")
    ending = resolving.Ending(
        way,
        visit.text("why") or f"{way.replace('_', ' ')} {option}".strip(),
        visit.text("case"),
        visit.text("address"),
        option,
    )
    with act(visit.w, visit.user.name, "task") as h:
        resolving.resolve(h, visit.number("task"), ending)
    back = visit.text("back")
    return visit.go(back if back.startswith("/case/") else "/", "done")
