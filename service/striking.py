"""A clock strikes: what is due and not kept is said, once, to somebody (R-10)."""

from __future__ import annotations

from service import journal
from service.tasks import open_task
from service.wiring import Wiring
from storage import clocks, tables
from storage.book import Update

_AT_ONCE = 200


def strike_due(w: Wiring) -> int:
    """Find the clocks whose moment has come, by index; return how many struck."""
    with w.db.read() as connection:
        struck = clocks.striking(connection, w.now(), _AT_ONCE)
    for clock in struck:
        with w.happening(f"clock:{clock.name}", f"clock:{clock.id}") as h:
            if not clocks.strikes_still(h.book.tx, clock):
                continue
            # a breach stays a breach; the clock runs on until the promise is kept.
            h.record(
                clock.case_id,
                "clock_breached",
                Update(tables.clocks, clock.id, {"breached_at": clock.due_at, "strikes_at": None}),
            )
            open_task(
                h,
                clock.case_id,
                "clock_breached",
                f"{clock.name} was due {clock.due_at:%Y-%m-%d %H:%M} UTC",
            )
        journal.warn("clock_breached", clock=clock.name, case=clock.case_id)
    return len(struck)
