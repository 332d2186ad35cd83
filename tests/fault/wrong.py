"""Variants of the service that are wrong on purpose: a driver that finds nothing in them is blind.

python -m tests.fault.wrong VARIANT serve --config FILE
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from desk.cli import main
from storage import ledger
from storage.ledger import Sighting
from storage.tables import sightings

# The moment between the two transactions is made longer, so that a few kills suffice.
_PAUSE = 0.3


def done_first() -> None:
    """A sighting is done as soon as it is seen; that it must be registered is only in memory."""
    waiting: list[Sighting] = []
    really_see = ledger.see

    def see(
        tx: Connection, seen: Iterable[Sighting], at: datetime, *, decorates: bool = False
    ) -> None:
        fresh = list(seen)
        really_see(tx, fresh, at, decorates=decorates)
        tx.execute(update(sightings).values(state="registered"))
        waiting.extend(fresh)

    def wait(
        connection: Connection, limit: int, *, most_tries: int, most_bytes: int = 0
    ) -> list[Sighting]:
        time.sleep(_PAUSE)
        return waiting[:limit]

    def take(tx: Connection, sighting: Sighting, state: str, reason: str, at: datetime) -> bool:
        waiting.remove(sighting)
        return True

    ledger.see, ledger.waiting, ledger.take = see, wait, take


VARIANTS: Mapping[str, Callable[[], None]] = {"done-first": done_first}


if __name__ == "__main__":
    VARIANTS[sys.argv.pop(1)]()
    main()
