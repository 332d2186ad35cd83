"""What waits for people, a page at a time: cases, tasks, letters, mail that was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, true

from cases.lifecycle import OPEN_STATES, State
from storage import tables
from storage.changes import plain

View = dict[str, Any]
ROWS: Final = 50
SOON: Final = timedelta(hours=24)
OPEN: Final = tuple(sorted(state.value for state in OPEN_STATES))
_WITH_CUSTOMER: Final = (State.SOLUTION_PROPOSED.value, State.AWAITING_APPROVAL.value)
_WAITING: Final = ("draft", "promised", "held", "queued")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a longer list. `number` counts from 1."""

    rows: list[View]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages the whole list has."""
        return max(1, -(-self.total // ROWS))


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits, in figures."""

    cases: int
    late: int
    soon: int
    tasks: int
    held: int


def counts(connection: Connection, now: datetime, manager: str | None = None) -> Counts:
    """What waits for this manager (and for nobody in particular); for all with None."""
    cases, tasks, letters = tables.cases, tables.tasks, tables.letters
    is_open = cases.c.state.in_(OPEN)
    due = _due()
    row = connection.execute(
        select(
            func.count(),
            func.count().filter(due < now),
            func.count().filter(due >= now, due < now + SOON),
        )
        .select_from(cases)
        .where(is_open, _of(manager))
    ).one()
    waiting = select(func.count()).select_from(
        tasks.outerjoin(cases, cases.c.id == tasks.c.case_id)
    )
    held = select(func.count()).select_from(
        letters.outerjoin(cases, cases.c.id == letters.c.case_id)
    )
    return Counts(
        *row,
        connection.scalar(waiting.where(tasks.c.resolved_at.is_(None), _of(manager))) or 0,
        connection.scalar(held.where(letters.c.state == "held", _of(manager))) or 0,
    )


def open_cases(connection: Connection, page: int, manager: str | None = None) -> Page:
    """Open cases, those that the customer has to answer last, by the moment of the promise."""
    cases, contacts, customers = tables.cases, tables.contacts, tables.customers
    due = _due()
    todo = (
        select(func.count())
        .where(tables.tasks.c.case_id == cases.c.id, tables.tasks.c.resolved_at.is_(None))
        .scalar_subquery()
    )
    theirs = due.is_(None) & cases.c.state.in_(_WITH_CUSTOMER) & (todo == 0)
    waits = case((theirs, 1), else_=0)
    expedited = cases.c.priority | cases.c.formal
    query = (
        select(
            *columns(cases, "number", "state", "subject", "manager", "priority", "formal"),
            cases.c.arrived_at,
            contacts.c.name.label("contact"),
            customers.c.name.label("customer"),
            due.label("due_at"),
            waits.label("with_customer"),
            todo.label("tasks"),
        )
        .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
        .outerjoin(customers, customers.c.id == cases.c.customer_id)
        .where(cases.c.state.in_(OPEN), _of(manager))
        .order_by(waits, case((expedited, 0), else_=1), due.is_(None), due, cases.c.id)
    )
    return page_of(connection, query, page)


def open_tasks(connection: Connection, page: int, manager: str | None = None) -> Page:
    """Tasks that nobody has ended, those that waited longest first."""
    tasks, cases = tables.tasks, tables.cases
    names = ("id", "case_id", "message_id", "letter_id", "kind", "reason", "suggestion")
    query = (
        select(
            *columns(tasks, *names, "created_at"),
            *columns(cases, "state", "subject", "manager"),
            cases.c.number.label("case"),
        )
        .outerjoin(cases, cases.c.id == tasks.c.case_id)
        .where(tasks.c.resolved_at.is_(None), _of(manager))
        .order_by(tasks.c.id)
    )
    return page_of(connection, query, page)


def letters(connection: Connection, page: int, *, only_waiting: bool) -> Page:
    """Letters with the state of each delivery, the newest first."""
    letters, deliveries, cases = tables.letters, tables.deliveries, tables.cases
    names = ("address", "attempts", "next_attempt_at", "reply_code", "reply_text", "accepted_at")
    query = (
        select(
            *columns(letters, "id", "template", "automatic", "hold_reason", "created_at"),
            letters.c.state.label("letter"),
            cases.c.number.label("case"),
            deliveries.c.state.label("delivery"),
            *columns(deliveries, *names),
        )
        .outerjoin(cases, cases.c.id == letters.c.case_id)
        .outerjoin(deliveries, deliveries.c.letter_id == letters.c.id)
        .order_by(letters.c.id.desc(), deliveries.c.id)
    )
    if only_waiting:
        query = query.where(letters.c.state.in_(_WAITING))
    return page_of(connection, query, page)


def aside(connection: Connection, page: int) -> Page:
    """Mail that belongs to no case, with the name of the judge who said so; the newest first."""
    messages = tables.messages
    names = ("id", "arrived_at", "mailbox", "kind", "reason", "from_address", "from_name")
    query = (
        select(*columns(messages, *names, "subject", "text"))
        .where(messages.c.case_id.is_(None), messages.c.direction == "in")
        .order_by(messages.c.id.desc())
    )
    return page_of(connection, query, page)


@dataclass(frozen=True, slots=True)
class Read:
    """A mail that a task is about, and how it was understood."""

    message: View
    answer: View | None


def mails_of(connection: Connection, ids: Sequence[int]) -> dict[int, Read]:
    """The mails with these ids, by id."""
    messages, answers = tables.messages, tables.answers
    names = ("id", "from_name", "from_address", "subject", "text", "new_text", "arrived_at")
    rows = connection.execute(select(*columns(messages, *names)).where(messages.c.id.in_(ids)))
    said = {
        row.message_id: plain_row(row)
        for row in connection.execute(select(answers).where(answers.c.message_id.in_(ids)))
    }
    return {row.id: Read(plain_row(row), said.get(row.id)) for row in rows}


def offered(connection: Connection, case_ids: Sequence[int]) -> dict[int, list[View]]:
    """The options of the last proposal of each case, by case: letter and text."""
    letters = tables.letters
    rows = connection.execute(
        select(letters.c.case_id, letters.c.facts)
        .where(
            letters.c.case_id.in_(case_ids),
            letters.c.asks == "proposal",
            letters.c.state.in_(("queued", "done")),
        )
        .order_by(letters.c.id)
    )
    return {row.case_id: list(row.facts.get("options", ())) for row in rows}


def running(connection: Connection, case_ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of the clocks that run, by case."""
    clocks = tables.clocks
    rows = connection.execute(
        select(clocks.c.case_id, clocks.c.name)
        .where(clocks.c.case_id.in_(case_ids), clocks.c.state.in_(("started", "paused")))
        .order_by(clocks.c.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        if row.name not in found.setdefault(row.case_id, []):
            found[row.case_id].append(row.name)
    return found


def _of(manager: str | None) -> ColumnElement[bool]:
    """What belongs to nobody is everybody's (R-32)."""
    mine = tables.cases.c.manager
    return true() if manager is None else or_(mine == manager, mine.is_(None))


def _due() -> Any:
    clocks = tables.clocks
    return (
        select(func.min(clocks.c.due_at))
        .where(clocks.c.case_id == tables.cases.c.id, clocks.c.state == "started")
        .scalar_subquery()
    )


def columns(table: Any, *names: str) -> list[Any]:
    """These columns of a table."""
    return [table.c[name] for name in names]


def page_of(connection: Connection, query: Select[Any], number: int) -> Page:
    """That page of the rows of `query`; of a number beyond the end the last."""
    bare = query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    total = connection.scalar(bare) or 0
    number = min(max(1, number), max(1, -(-total // ROWS)))
    rows = connection.execute(query.limit(ROWS).offset((number - 1) * ROWS))
    return Page([plain_row(row) for row in rows], number, total)


def plain_row(row: Any) -> View:
    """As the desk and JSON take it."""
    return {name: plain(value) for name, value in row._mapping.items()}
