"""Clocks that strike, found by index: a sweep costs what is due, not what exists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from storage.order import hold_case
from storage.records import Clock, ClockPause
from storage.tables import clock_pauses, clocks, letters


def striking(connection: Connection, now: datetime, limit: int) -> list[Clock]:
    """Clocks whose moment has come, oldest first."""
    found = connection.execute(
        select(clocks).where(clocks.c.strikes_at <= now).order_by(clocks.c.strikes_at).limit(limit)
    )
    return [Clock.of(row) for row in found]


def strikes_still(tx: Connection, clock: Clock) -> bool:
    """Whether nobody stopped or moved the clock in between; holds its case until `tx` ends."""
    hold_case(tx, clock.case_id)
    return clock.strikes_at is not None and clock.strikes_at == tx.scalar(
        select(clocks.c.strikes_at).where(clocks.c.id == clock.id)
    )


def of_case(connection: Connection, case_id: int) -> list[Clock]:
    """All clocks of a case, in the order in which they came."""
    found = select(clocks).where(clocks.c.case_id == case_id).order_by(clocks.c.id)
    return [Clock.of(row) for row in connection.execute(found)]


def pauses(connection: Connection, clock_id: int) -> list[ClockPause]:
    """The pauses of a clock, in their order."""
    table = clock_pauses
    found = select(table).where(table.c.clock_id == clock_id).order_by(table.c.paused_at)
    return [ClockPause.of(row) for row in connection.execute(found)]


def told_already(connection: Connection, promise_key: str) -> bool:
    """Whether somebody of the company was written to about this: nobody is told twice (R-10)."""
    found = select(letters.c.id).where(letters.c.promise_key == promise_key)
    return connection.scalar(found) is not None
