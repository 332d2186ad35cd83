"""What a person says of promises: goods concerned, an analysis wanted, entered elsewhere."""

from __future__ import annotations

from starlette.responses import Response

from cases.errors import BadInput
from desk.web.pages.case import case_page
from desk.web.render import told
from desk.web.visit import Visit
from service import telling
from service.own_system import checked_off
from service.people import act


def goods(visit: Visit) -> Response:
    """R-2: are goods in production or shipped concerned? With the reason."""
    return _by_hand(visit, "containment", "goods", wanted=visit.text("concerned"))


def analysis(visit: Visit) -> Response:
    """R-6: the customer asks for an analysis and a plan, or does not want them any more."""
    return _by_hand(visit, "analysis", "analysis", wanted=visit.text("wanted"))


def _by_hand(visit: Visit, clock: str, form: str, *, wanted: str) -> Response:
    number = visit.path["number"]
    try:
        if wanted not in ("yes", "no"):
            raise BadInput("this needs yes or no")
        say = telling.begin if wanted == "yes" else telling.call_off
        with act(visit.w, visit.user.name, "clock") as h:
            say(h, number, clock, visit.text("why"))
    except BadInput as error:
        return case_page(visit, form, told(error), 409)
    return visit.go(f"/case/{number}", "done")


def entered_there(visit: Visit) -> Response:
    """R-11: the case is entered on the customer's own system."""
    number = visit.path["number"]
    try:
        with act(visit.w, visit.user.name, "set") as h:
            checked_off(h, number, visit.text("reference"))
    except BadInput as error:
        return case_page(visit, "system", told(error), 409)
    return visit.go(f"/case/{number}#facts", "checked off")
