"""Who works here, who is away, and who stands in (R-32)."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from cases.errors import BadInput, NotFound
from desk.web.render import told
from desk.web.visit import Visit
from service import presence
from service.people import RIGHTS, act
from storage import absences
from storage import people as stored


def show(visit: Visit) -> Response:
    """Everybody, with absences, and a form for one."""
    return _page(visit)


def _page(visit: Visit, refused: str = "", status: int = 200) -> Response:
    now = visit.w.now()
    with visit.w.db.read() as connection:
        users = [one for one in stored.users(connection) if one.enabled]
        every = absences.around(connection, now.astimezone(visit.w.timezone).date())
        here = presence.staff(connection, now)
    names = {one.name: one.full_name for one in users}
    others = visit.may("away")
    return visit.page(
        "people.html",
        status,
        users=users,
        stand_ins={name: here.here(name) for name in here.deputies},
        absences=every,
        names=names,
        may_end={one.id for one in every if others or one.user_name == visit.user.name},
        whose=[one for one in users if others or one == visit.user],
        deputies=[one for one in users if one.role in RIGHTS["letter"]],
        form=visit.form,
        refused=refused,
    )


def away(visit: Visit) -> Response:
    """Somebody will be away."""
    try:
        first, last = _day(visit, "first"), visit.text("last")
        until = _day(visit, "last") if last else None
        with act(visit.w, visit.user.name, "own_absence") as h:
            presence.go_away(h, visit.text("name"), first, until, visit.text("deputy"))
    except (BadInput, NotFound) as error:
        return _page(visit, told(error), 409)
    return visit.go("/people", "saved")


def back(visit: Visit) -> Response:
    """An absence ends, or is called off."""
    with act(visit.w, visit.user.name, "own_absence") as h:
        presence.call_off(h, visit.number("absence"))
    return visit.go("/people", "saved")


def _day(visit: Visit, name: str) -> date:
    written = visit.text(name)
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise BadInput(f"{written!r} is no day", mend="write it as 2026-12-31") from error
