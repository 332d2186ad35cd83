"""Letters: where each delivery is, and what can still be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from cases.errors import NotFound
from desk.web.visit import Visit
from service import people, posting
from service.wiring import Happening
from storage import casefile, views

_ACTS: Final[Mapping[str, Callable[[Happening, int, str], None]]] = {
    "hold": posting.hold,
    "release": posting.release,
    "undo": posting.undo,
    "resend": posting.resend,
}


def listing(visit: Visit) -> Response:
    """What waits, or everything with ?all=1."""
    every = bool(visit.request.query_params.get("all"))
    with visit.w.db.read() as connection:
        found = views.outbox_list(connection, only_waiting=not every)
    return visit.page("outbox.html", letters=found, every=every)


def show(visit: Visit) -> Response:
    """One letter, as its bytes are."""
    with visit.w.db.read() as connection:
        letter = views.letter_show(connection, visit.number("letter"))
        case = casefile.by_id(connection, int(letter["case_id"]))
    return visit.page("letter_show.html", letter=letter, case=case)


def act(visit: Visit) -> Response:
    """Hold, release, undo, send again."""
    name, letter_id = visit.path["act"], visit.number("letter")
    if name not in _ACTS:
        raise NotFound(f"nobody can {name} a letter")
    with people.act(visit.w, visit.user.name, "outbox") as h:
        _ACTS[name](h, letter_id, visit.text("why") or name)
    return visit.go(f"/letter/{letter_id}", name)
