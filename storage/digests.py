"""What a daily mail tells, and that each day's is seen to once (R-10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from cases.lifecycle import OPEN_STATES, State
from storage import tables
from storage.changes import plain

_OPEN = tuple(sorted(state.value for state in OPEN_STATES))
_WITH_CUSTOMER = (State.SOLUTION_PROPOSED.value, State.AWAITING_APPROVAL.value)
View = dict[str, Any]


def take(tx: Connection, user_id: int, day: date) -> bool:
    """See to this user's digest of this day; False: it was seen to already."""
    users = tables.users
    done = tx.execute(
        update(users)
        .where(users.c.id == user_id, or_(users.c.digest_on.is_(None), users.c.digest_on < day))
        .values(digest_on=day)
    )
    return done.rowcount == 1


def clocks(connection: Connection, manager: str, until: datetime) -> list[Any]:
    """Promises in the manager's open cases that are due until then."""
    cases, clocks = tables.cases, tables.clocks
    return list(
        connection.execute(
            select(cases.c.number, cases.c.subject, clocks.c.name, clocks.c.due_at)
            .join(clocks, clocks.c.case_id == cases.c.id)
            .where(
                cases.c.manager == manager,
                cases.c.state.in_(_OPEN),
                clocks.c.state == "started",
                clocks.c.due_at < until,
            )
            .order_by(clocks.c.due_at)
        )
    )


def measures(connection: Connection, who: str, until: date) -> list[Any]:
    """Measures that the user owns, or that belong to the user's cases, due until then."""
    cases, measures = tables.cases, tables.measures
    return list(
        connection.execute(
            select(cases.c.number, cases.c.subject, measures.c.text, measures.c.due_on)
            .join(measures, measures.c.case_id == cases.c.id)
            .where(
                or_(measures.c.owner == who, cases.c.manager == who),
                cases.c.state.in_(_OPEN),
                measures.c.done_at.is_(None),
                measures.c.due_on <= until,
            )
            .order_by(measures.c.due_on)
        )
    )


def tasks(connection: Connection, manager: str) -> list[Any]:
    """Open tasks in the manager's cases."""
    cases, tasks = tables.cases, tables.tasks
    return list(
        connection.execute(
            select(cases.c.number, cases.c.subject, tasks.c.kind, tasks.c.reason)
            .join(tasks, tasks.c.case_id == cases.c.id)
            .where(cases.c.manager == manager, tasks.c.resolved_at.is_(None))
            .order_by(tasks.c.id)
        )
    )


def waiting(connection: Connection, manager: str) -> Sequence[View]:
    """Open cases of the manager in which the customer has the ball."""
    cases = tables.cases
    found = connection.execute(
        select(cases.c.number, cases.c.subject)
        .where(cases.c.manager == manager, cases.c.state.in_(_WITH_CUSTOMER))
        .order_by(cases.c.id)
    )
    return [{name: plain(value) for name, value in row._mapping.items()} for row in found]


def open_cases(connection: Connection, manager: str) -> bool:
    """Whether anything is open."""
    cases = tables.cases
    found = select(cases.c.id).where(cases.c.manager == manager, cases.c.state.in_(_OPEN))
    return connection.scalar(found.limit(1)) is not None
