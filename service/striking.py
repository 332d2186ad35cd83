"""A clock strikes: before the limit its manager is warned, at the limit the supervisors (R-10)."""

from __future__ import annotations

from typing import Any

from cases.errors import TryLater
from service import journal
from service.clocks import pauses_of, plan_of
from service.tasks import open_task
from service.warning import escalate, warn
from service.wiring import Happening, Wiring
from storage import casefile, clocks, tables
from storage.book import Update
from storage.records import Clock

_AT_ONCE = 200


def strike_due(w: Wiring) -> int:
    """Find the clocks whose moment has come, by index; return how many struck.

    A clock that cannot be told does not keep the others from it; its fault is raised at the end.
    """
    with w.db.read() as connection:
        struck = clocks.striking(connection, w.now(), _AT_ONCE)
    faults: list[Exception] = []
    for clock in struck:
        try:
            kind = _struck(w, clock)
        except TryLater:
            raise
        except Exception as error:  # noqa: BLE001 - one broken clock must not silence all others
            faults.append(error)
        else:
            if kind:
                journal.warn(kind, clock=clock.name, case=clock.case_id)
    if faults:
        raise faults[0]
    return len(struck)


def _struck(w: Wiring, clock: Clock) -> str:
    with w.happening(f"clock:{clock.name}", f"clock:{clock.id}") as h:
        # Read again under its case: another node may have told it, or a letter stopped it.
        return _strike(h, clock) if clocks.strikes_still(h.book.tx, clock) else ""


def _strike(h: Happening, clock: Clock) -> str:
    found = plan_of(h.wiring, clock, pauses_of(h, clock))
    passed = sum(at <= h.at for at in found.warns)
    if h.at >= clock.due_at:
        _breach(h, clock, len(found.warns))
        return "clock_breached"
    values: dict[str, Any] = {
        "warned": max(passed, clock.warned),
        "strikes_at": found.strikes(max(passed, clock.warned), breached=False),
    }
    h.record(clock.case_id, "clock_warned", Update(tables.clocks, clock.id, values))
    if passed > clock.warned:  # several that came while nobody looked are told as one
        warn(h, casefile.by_id(h.book.tx, clock.case_id), clock, passed)
    return "clock_warned"


def _breach(h: Happening, clock: Clock, warns: int) -> None:
    """R-7: a breach stays a breach; the clock runs on until the promise is kept."""
    values = {"breached_at": clock.due_at, "strikes_at": None, "warned": warns}
    h.record(clock.case_id, "clock_breached", Update(tables.clocks, clock.id, values))
    why = f"{clock.name} was due {clock.due_at:%Y-%m-%d %H:%M} UTC"
    open_task(h, clock.case_id, "clock_breached", why)
    escalate(h, casefile.by_id(h.book.tx, clock.case_id), clock)
