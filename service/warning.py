"""Who is told before a limit, and at it (R-10): by letters inside the company, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from service.letters import internal_key, promise_internal
from service.wiring import Happening
from storage import people
from storage.clocks import told_already
from storage.records import Case, Clock, User

WATCHERS: Final = ("warning", "escalation")
_SUPERVISORS: Final = ("supervisor",)
_INSTEAD: Final = ("administrator",)


def warn(h: Happening, case: Case, clock: Clock, told: int) -> None:
    """The case's manager hears that the time runs out; without one, the supervisors do."""
    manager = people.user(h.book.tx, case.manager) if case.manager else None
    readers = [manager] if manager and manager.enabled else _supervisors(h)
    _tell(h, case, clock, "warning", readers, f"clock:{clock.id}:{told}")


def escalate(h: Happening, case: Case, clock: Clock) -> None:
    """The supervisors hear that a promise was broken."""
    _tell(h, case, clock, "escalation", _supervisors(h), f"clock:{clock.id}:limit")


def _tell(
    h: Happening, case: Case, clock: Clock, template: str, readers: list[User], cause: str
) -> None:
    zone = h.wiring.timezone
    promise = {
        "what": clock.name,
        "due": f"{clock.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone})",
        "left": left(h.at, clock.due_at),
    }
    # A date that a letter moved is a new promise, of which people are told again.
    cause = f"{cause}:{clock.due_at:%Y%m%dT%H%M%S}" if clock.name == "promised_date" else cause
    for one in {reader.email: reader for reader in readers if reader.email}.values():
        facts = {"promise": promise}
        # A date that was moved away and back again was told already.
        if told_already(h.book.tx, internal_key(case, template, cause, one.email)):
            continue
        promise_internal(h, case, (one.full_name, one.email), template, cause=cause, facts=facts)


def _supervisors(h: Happening) -> list[User]:
    """Those who are responsible for the managers; where there are none, the administrators."""
    every = [one for one in people.users(h.book.tx) if one.enabled]
    found = [one for one in every if one.role in _SUPERVISORS]
    return found or [one for one in every if one.role in _INSTEAD]


def left(now: datetime, due: datetime) -> str:
    """The time that is left, as people say it; "" once it has passed."""
    if now >= due:
        return ""
    time = due.astimezone(UTC) - now.astimezone(UTC)
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if time >= timedelta(days=2):
        return f"{time.days} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{max(minutes, 1)} min"
