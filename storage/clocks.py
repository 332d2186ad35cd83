"""Clocks that strike, found by index: a sweep costs what is due, not what exists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from storage.order import hold_case
from storage.records import Clock, ClockPause
from storage.tables import cases, clock_pauses, clocks


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


def open_clocks(
    connection: Connection, after: tuple[str, int], limit: int, calendar: str | None = None
) -> list[Clock]:
    """A page of the clocks that have not ended, by calendar and id: of one calendar, or of all."""
    found = (
        select(clocks)
        .where(clocks.c.stopped_at.is_(None), tuple_(clocks.c.calendar, clocks.c.id) > after)
        .order_by(clocks.c.calendar, clocks.c.id)
        .limit(limit)
    )
    if calendar is not None:
        found = found.where(clocks.c.calendar == calendar)
    return [Clock.of(row) for row in connection.execute(found)]


def open_cases_of(connection: Connection, customer_id: int) -> list[int]:
    """The cases of a customer in which a clock has not ended."""
    found = (
        select(clocks.c.case_id)
        .join(cases, cases.c.id == clocks.c.case_id)
        .where(cases.c.customer_id == customer_id, clocks.c.stopped_at.is_(None))
        .distinct()
        .order_by(clocks.c.case_id)
    )
    return list(connection.scalars(found))
