"""Letters: where each delivery is, and what can still be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from cases.errors import NotFound
from desk.web.pages.work import page
from desk.web.visit import Visit
from service import people, posting
from service.wiring import Happening
from storage import casefile, stops, views, worklist
from storage import people as stored
from storage.changes import plain

_ACTS: Final[Mapping[str, Callable[[Happening, int, str], None]]] = {
    "hold": posting.hold,
    "release": posting.release,
    "undo": posting.undo,
    "resend": posting.resend,
}
_HERE: Final = ("queued", "deferred")
_AGAIN: Final = ("refused", "uncertain", "bounced", "accepted")


def listing(visit: Visit) -> Response:
    """What waits, or everything with ?all=1."""
    every = bool(visit.request.query_params.get("all"))
    with visit.w.db.read() as connection:
        found = worklist.letters(connection, page(visit), only_waiting=not every)
        stop = stops.current(connection)
    return visit.page(
        "outbox.html",
        letters=found,
        every=every,
        stop=stop and {**stop._mapping, "stopped_at": plain(stop.stopped_at)},
    )


def show(visit: Visit) -> Response:
    """One letter, as its bytes are; while it can be undone, with the seconds that are left."""
    with visit.w.db.read() as connection:
        letter = views.letter_show(connection, visit.number("letter"))
        case = casefile.by_id(connection, int(letter["case_id"])) if letter["case_id"] else None
        users = {f"user:{user.name}": user.full_name for user in stored.users(connection)}
    here = all(d["state"] in _HERE and not d["attempts"] for d in letter["deliveries"])
    undone = letter["state"] in ("promised", "held", "queued")
    leaves = _leaves(letter) if here and letter["state"] == "queued" else None
    left = (leaves - visit.w.now()).total_seconds() if leaves else 0
    return visit.page(
        "letter_show.html",
        letter=letter,
        case=case,
        people=users,
        left=bool(letter["deliveries"]) and not _waits(letter),
        leaves=leaves if left > 0 else None,
        seconds=int(left),
        can_undo=here and undone and not letter["automatic"],
        can_resend=letter["state"] in ("queued", "done")
        and any(d["state"] in _AGAIN for d in letter["deliveries"]),
    )


def _waits(letter: Mapping[str, Any]) -> bool:
    return any(d["state"] in _HERE for d in letter["deliveries"])


def _leaves(letter: Mapping[str, Any]) -> datetime | None:
    moments = [d["next_attempt_at"] for d in letter["deliveries"] if d["next_attempt_at"]]
    return datetime.fromisoformat(min(moments)) if moments else None


def act(visit: Visit) -> Response:
    """Hold, release, undo, send again."""
    name, letter_id = visit.path["act"], visit.number("letter")
    if name not in _ACTS:
        raise NotFound(f"nobody can {name} a letter")
    with people.act(visit.w, visit.user.name, "outbox") as h:
        _ACTS[name](h, letter_id, visit.text("why") or name)
    return visit.go(f"/letter/{letter_id}", name)
