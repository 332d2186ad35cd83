"""Each day a seal over all heads (design.md, "History")."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from service import journal
from service.wiring import Wiring
from storage import seals

# The clocks of nodes differ, and a transaction keeps the moment at which it began.
_SETTLED: Final = timedelta(hours=1)


def seal_yesterday(w: Wiring) -> bool:
    """Write the seal of the last whole day of the company, once; whether this call did."""
    today = (w.now() - _SETTLED).astimezone(w.timezone).date()
    day, until = today - timedelta(days=1), datetime.combine(today, time(), w.timezone)
    with w.db.read() as connection:
        if seals.is_sealed(connection, day):
            return False
        row = seals.seal(connection, day, until.astimezone(UTC))
    with w.db.write() as tx:
        done = seals.keep(tx, row)
    if done:
        # Told, so that a copy of it is where who alters the database cannot reach.
        journal.say("history_sealed", day=day, cases=row["cases"], hash=row["hash"])
    return done
