"""One case is another again, or it is not."""

from __future__ import annotations

from starlette.responses import Response

from desk.web.visit import Visit
from service.people import act
from service.recurrences import dismiss_recurrence, link_recurrence


def decide(visit: Visit) -> Response:
    """The click below a hint (R-30)."""
    number, other, why = visit.path["number"], visit.text("other"), visit.text("why")
    linked = visit.text("way") == "link"
    decided = link_recurrence if linked else dismiss_recurrence
    with act(visit.w, visit.user.name, "recurrence") as h:
        decided(h, number, other, why)
    return visit.go(f"/case/{number}#recurrences", "linked" if linked else "not the same")
