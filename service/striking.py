"""A clock strikes: before the limit its manager is warned, at the limit the supervisors (R-10)."""

from __future__ import annotations

from typing import Any, Final
from zlib import crc32

from cases.clocks import CLOCKS
from cases.errors import TryLater
from service import journal
from service.clocks import pauses_of, plan_of
from service.tasks import open_task
from service.warning import Post, Told
from service.wiring import Happening, Wiring
from storage import casefile, clocks, tables
from storage.book import Update
from storage.records import Clock

_AT_ONCE: Final = 50


def strike_due(w: Wiring) -> int:
    """Find the clocks whose moment has come, by index; return how many struck.

    Some of them in one transaction, so that a reader of many gets one letter. A clock that cannot
    be told does not keep the others from it; its fault is raised at the end.
    """
    with w.db.read() as connection:
        struck = clocks.striking(connection, w.now(), _AT_ONCE)
    faults: list[Exception] = []
    for some in (struck, *([one] for one in struck)) if struck else ():
        try:
            _tell(w, some)
        except TryLater:
            raise
        except Exception as error:  # noqa: BLE001 - one broken clock must not silence all others
            faults.append(error)
        else:
            if some is struck:
                return len(struck)
    if len(faults) > 1:  # not only that they were too many together
        raise faults[-1]
    return len(struck)


def _tell(w: Wiring, struck: list[Clock]) -> None:
    kinds: list[tuple[str, Clock]] = []
    with w.happening("system", "sweep:clocks") as h:
        post = Post(h)
        h.book.lock(clock.case_id for clock in struck)
        for clock in struck:
            # Read again under its case: another node may have told it, or a letter stopped it.
            if clocks.strikes_still(h.book.tx, clock):
                mine = h.because(f"clock:{clock.name}", f"clock:{clock.id}")
                kinds.append((_strike(mine, clock, post), clock))
        post.send()
    for kind, clock in kinds:
        journal.warn(kind, clock=clock.name, case=clock.case_id)


def _strike(h: Happening, clock: Clock, post: Post) -> str:
    found = plan_of(h.wiring, clock, pauses_of(h, clock))
    passed = sum(at <= h.at for at in found.warns)
    if h.at >= clock.due_at:
        _breach(h, clock, len(found.warns), post)
        return "clock_breached"
    following = found.strikes(max(passed, clock.warned), breached=False)
    values: dict[str, Any] = {
        "warned": max(passed, clock.warned),
        # A merged clock is due when the other was, whatever its own plan says.
        "strikes_at": following if following and following > h.at else clock.due_at,
    }
    h.record(clock.case_id, "clock_warned", Update(tables.clocks, clock.id, values))
    if passed > clock.warned:  # several that came while nobody looked are told as one
        case = casefile.by_id(h.book.tx, clock.case_id)
        post.warn(_told(h, clock, "warning", f"clock:{clock.id}:{passed}"), case.manager)
    return "clock_warned"


def _breach(h: Happening, clock: Clock, warns: int, post: Post) -> None:
    """R-7: a breach stays a breach; the clock runs on until the promise is kept."""
    values = {"breached_at": clock.due_at, "strikes_at": None, "warned": warns}
    h.record(clock.case_id, "clock_breached", Update(tables.clocks, clock.id, values))
    why = f"{clock.name} was due {clock.due_at:%Y-%m-%d %H:%M} UTC"
    open_task(h, clock.case_id, "clock_breached", why)
    post.escalate(_told(h, clock, "escalation", f"clock:{clock.id}:limit"))


def _told(h: Happening, clock: Clock, template: str, cause: str) -> Told:
    # A due time that was moved is a new promise, of which people are told again, once each.
    cause = f"{cause}:{clock.due_at:%y%m%d%H%M%S}{crc32(repr(clock.warns).encode()):08x}"
    case = casefile.by_id(h.book.tx, clock.case_id)
    moved = clock.recomputed_why is not None or CLOCKS[clock.name].fixed
    since = clock.started_at if moved else None
    return Told(case, template, clock.name, clock.due_at, cause, clock.calendar, moved_since=since)
