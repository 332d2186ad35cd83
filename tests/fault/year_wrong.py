"""Services whose clocks are wrong on purpose: a judge of the year that passes them is blind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, Final

import pytest
from sqlalchemy import update

from cases.reckoning import Pause
from service import clocks as life
from service import sorting, striking, warning
from service.wiring import Happening, Wiring
from storage import clocks, tables
from storage.records import Clock
from tests.fault.year_desk import Desk

Patch = pytest.MonkeyPatch


def forgets_at_restart(patch: Patch) -> None:
    """What strikes is a timer in memory: what fell due while nobody was there is gone."""
    since: list[datetime] = []
    found = clocks.striking
    restart = Desk.restart

    def restarted(desk: Desk) -> None:
        since.append(desk.clock.now)
        restart(desk)

    def only_new(connection: Any, now: datetime, limit: int) -> list[Clock]:
        every = found(connection, now, limit)
        return [one for one in every if not since or (one.strikes_at or now) >= since[-1]]

    patch.setattr(Desk, "restart", restarted)
    patch.setattr(clocks, "striking", only_new)


def warns_twice(patch: Patch) -> None:
    """No key makes a letter the same letter, and it is asked for again."""
    number, send = count(), warning.Post.send

    def twice(post: warning.Post) -> None:
        send(post)
        send(post)

    patch.setattr(warning.Post, "send", twice)
    patch.setattr("service.letters.promise_key", lambda words: f"{next(number)}:{words}")


def gives_half_the_pause_back(patch: Patch) -> None:
    """A pause is counted wrong."""
    pauses = life.pauses_of

    def halved(h: Happening, clock: Clock) -> list[Pause]:
        return [replace(one, end=one.begin + (one.end - one.begin) / 2) for one in pauses(h, clock)]

    for module in (life, striking, sorting):
        patch.setattr(module, "pauses_of", halved)


def recomputes_without_record(patch: Patch) -> None:
    """The table is changed, and history does not know."""
    rerun = life.rerun

    def unrecorded(h: Happening, clock: Clock) -> dict[str, Any]:
        after = rerun(h, clock)
        table = tables.clocks
        h.book.tx.execute(update(table).where(table.c.id == clock.id).values(**after))
        return {}

    patch.setattr(life, "rerun", unrecorded)


def looks_rarely(patch: Patch) -> None:
    """Every third sweep looks at nothing: what is told is told too late."""
    strike, number = striking.strike_due, count()
    patch.setattr("tests.fault.year.strike_due", lambda w: _rarely(strike, w, next(number)))


def _rarely(strike: Callable[[Wiring], int], w: Wiring, number: int) -> int:
    return strike(w) if number % 3 else 0


def leaves_clocks_as_they_were(patch: Patch) -> None:
    """Other terms hold for what begins, and not for what runs."""
    patch.setattr("service.agreeing.recompute", lambda h, case_id, why: 0)


def knows_no_new_closures(patch: Patch) -> None:
    """Another configuration is read at start, and no clock is reckoned anew."""
    patch.setattr("tests.fault.year_desk.keep_reckoned", lambda w: 0)
    patch.setattr("tests.fault.year.keep_reckoned", lambda w: 0)


def forgets_measures(patch: Patch) -> None:
    """Nobody is told of a measure that is overdue."""
    patch.setattr("tests.fault.year.strike_measures", lambda w: 0)


WRONG: Final[Mapping[str, tuple[Callable[[Patch], None], str]]] = {
    "forgets at restart": (forgets_at_restart, "was told [0] times"),
    "warns twice": (warns_twice, "was told [2] times"),
    "gives half the pause back": (gives_half_the_pause_back, "due is"),
    "recomputes without record": (recomputes_without_record, "due_at differs"),
    "looks rarely": (looks_rarely, "was told [0] times"),
    "leaves clocks as they were": (leaves_clocks_as_they_were, "time is"),
    "knows no new closures": (knows_no_new_closures, "due is"),
    "forgets measures": (forgets_measures, "'measure'"),
}
