"""What is in one case: rows for a decision. Under `Book.lock` where they must not move."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, select

from cases.errors import NotFound
from storage import tables
from storage.book import Book
from storage.records import Answered, Case, Clock, Measure, Task
from storage.upsert import insert_into

# Asked for every reply. Built once: building them costs more than the database does.
_ROW: Final = select(tables.cases).where(tables.cases.c.id == bindparam("of_case"))
_LINES: Final = (
    select(tables.lines)
    .where(tables.lines.c.case_id == bindparam("of_case"))
    .order_by(tables.lines.c.position)
)
_RUNNING: Final = (
    select(tables.clocks)
    .where(
        tables.clocks.c.case_id == bindparam("of_case"),
        tables.clocks.c.state.in_(("started", "paused")),
    )
    .order_by(tables.clocks.c.id)
)


def by_number(connection: Connection, number: str) -> Case:
    """The case with this number; capital and small letters are the same."""
    cases = tables.cases
    row = connection.execute(
        select(cases).where(cases.c.number.in_((number.strip(), number.strip().upper())))
    ).first()
    if row is None:
        raise NotFound(f"there is no case {number}", mend="see `amends case list`")
    return Case.of(row)


def by_id(connection: Connection, case_id: int) -> Case:
    """The case with this id."""
    row = connection.execute(select(tables.cases).where(tables.cases.c.id == case_id)).first()
    if row is None:
        raise NotFound(f"there is no case with the id {case_id}")
    return Case.of(row)


def row(connection: Connection, case_id: int) -> dict[str, Any]:
    """All columns of a case."""
    found = connection.execute(_ROW, {"of_case": case_id}).one()
    return dict(found._mapping)


def numbers(connection: Connection) -> dict[str, int]:
    """The ids of all cases by their numbers."""
    found = connection.execute(select(tables.cases.c.number, tables.cases.c.id))
    return {row.number: row.id for row in found}


def locked(book: Book, number: str) -> Case:
    """The case with this number, held until the transaction ends."""
    case = by_number(book.tx, number)
    book.lock([case.id])
    return by_id(book.tx, case.id)


def measure(connection: Connection, measure_id: int) -> Measure:
    """The measure with this id."""
    table = tables.measures
    row = connection.execute(select(table).where(table.c.id == measure_id)).first()
    if row is None:
        raise NotFound(f"there is no measure {measure_id}", mend="see `amends case show`")
    return Measure.of(row)


def measures(connection: Connection, case_id: int) -> list[Measure]:
    """The measures of a case, in the order in which they were agreed."""
    table = tables.measures
    found = select(table).where(table.c.case_id == case_id).order_by(table.c.id)
    return [Measure.of(row) for row in connection.execute(found)]


def was_told(connection: Connection, case_id: int, stops: str) -> bool:
    """Whether a letter that can stop this clock was accepted for the case's contact."""
    letters, deliveries = tables.letters, tables.deliveries
    found = connection.execute(
        select(letters.c.stops)
        .join(deliveries, deliveries.c.letter_id == letters.c.id)
        .where(
            letters.c.case_id == case_id,
            deliveries.c.to_contact.is_(True),
            deliveries.c.state == "accepted",
        )
    )
    return any(stops in row.stops for row in found)


def lines(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """The lines of a case in their order (R-23)."""
    found = connection.execute(_LINES, {"of_case": case_id})
    return [dict(row._mapping) for row in found]


def running_clocks(connection: Connection, case_id: int) -> list[Clock]:
    """The clocks of a case that are started or paused."""
    found = connection.execute(_RUNNING, {"of_case": case_id})
    return [Clock.of(row) for row in found]


def task(connection: Connection, task_id: int) -> Task:
    """The task with this id."""
    row = connection.execute(select(tables.tasks).where(tables.tasks.c.id == task_id)).first()
    if row is None:
        raise NotFound(f"there is no task {task_id}", mend="see `amends task list`")
    return Task.of(row)


def open_tasks(connection: Connection, case_id: int, kind: str | None = None) -> list[Task]:
    """The tasks of a case (of this kind) that nobody has resolved."""
    tasks = tables.tasks
    query = select(tasks).where(tasks.c.case_id == case_id, tasks.c.resolved_at.is_(None))
    if kind is not None:
        query = query.where(tasks.c.kind == kind)
    return [Task.of(row) for row in connection.execute(query)]


def clocks_ended_by(connection: Connection, case_id: int, state: str, cause: str) -> list[Clock]:
    """The clocks of a case that this cause ended so: "stopped" or "cancelled"."""
    clocks = tables.clocks
    found = connection.execute(
        select(clocks).where(
            clocks.c.case_id == case_id,
            clocks.c.state == state,
            clocks.c.stopped_by == cause,
        )
    )
    return [Clock.of(row) for row in found]


def letter_templates(connection: Connection, case_id: int) -> set[str]:
    """The templates of the letters that were written or promised in a case."""
    letters = tables.letters
    return set(connection.scalars(select(letters.c.template).where(letters.c.case_id == case_id)))


def is_promised(connection: Connection, key: str) -> bool:
    """Whether there is a letter of this promise already."""
    table = tables.letters
    found = select(table.c.id).where(table.c.promise_key == key).limit(1)
    return connection.execute(found).first() is not None


def letter_facts(connection: Connection, letter_id: int) -> dict[str, Any]:
    """What is filled into a letter; nothing for one that is not there."""
    table = tables.letters
    found: dict[str, Any] | None = connection.scalar(
        select(table.c.facts).where(table.c.id == letter_id)
    )
    return found or {}


def message(connection: Connection, message_id: int) -> dict[str, Any]:
    """The whole row of a message."""
    table = tables.messages
    row = connection.execute(select(table).where(table.c.id == message_id)).first()
    if row is None:
        raise NotFound(f"there is no message {message_id}", mend="see `amends case show`")
    return dict(row._mapping)


def attachments(connection: Connection, message_id: int) -> list[dict[str, Any]]:
    """The whole rows of a message's attachments."""
    table = tables.attachments
    found = connection.execute(select(table).where(table.c.message_id == message_id))
    return [dict(row._mapping) for row in found]


def latest_mail(connection: Connection, case_id: int) -> int | None:
    """The id of the last mail that somebody of the customer wrote."""
    messages = tables.messages
    return connection.scalar(
        select(messages.c.id)
        .where(
            messages.c.case_id == case_id,
            messages.c.direction == "in",
            messages.c.third_party.is_(False),
            messages.c.kind.in_(("complaint", "reply", "unreadable")),
        )
        .order_by(messages.c.arrived_at.desc(), messages.c.id.desc())
        .limit(1)
    )


def answered(connection: Connection, case_id: int, message_id: int | None) -> Answered | None:
    """The mail that a letter answers: the named one, else the customer's latest in the case."""
    messages = tables.messages
    chosen = (
        messages.c.id == message_id
        if message_id is not None
        else (messages.c.case_id == case_id)
        & (messages.c.direction == "in")
        & messages.c.third_party.is_(False)
        & messages.c.kind.in_(("complaint", "reply"))
    )
    row: Row[Any] | None = connection.execute(
        select(messages)
        .where(chosen)
        .order_by(messages.c.arrived_at.desc(), messages.c.id.desc())
        .limit(1)
    ).first()
    if row is not None and row.forwarded:  # the customer has his own mail before him
        told = row.forwarded
        return Answered(told["subject"], told["message_id"], told["reference_ids"])
    return None if row is None else Answered.of(row)


def unconfirmed_line(connection: Connection, case_id: int) -> int | None:
    """The position of the first line that no manager has confirmed (R-27)."""
    table = tables.lines
    position: int | None = connection.scalar(
        select(func.min(table.c.position)).where(
            table.c.case_id == case_id, table.c.confirmed_by.is_(None)
        )
    )
    return position


def attachment(connection: Connection, attachment_id: int) -> tuple[dict[str, Any], str]:
    """The row of an attachment, and the sha256 of the raw mail that it is a part of."""
    table, messages = tables.attachments, tables.messages
    row = connection.execute(
        select(table, messages.c.raw_sha256)
        .join(messages, messages.c.id == table.c.message_id)
        .where(table.c.id == attachment_id)
    ).first()
    if row is None or row.raw_sha256 is None:
        raise NotFound(f"there is no attachment {attachment_id}")
    return dict(row._mapping), row.raw_sha256


def point_thread(tx: Connection, customer_id: int, key: str, case_id: int) -> None:
    """From now on mails of this customer that answer this Message-ID belong to this case."""
    row = {"customer_id": customer_id, "key": key, "case_id": case_id}
    statement = insert_into(tx, tables.thread_keys).values(**row)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["customer_id", "key"], set_={"case_id": case_id}
        )
    )
