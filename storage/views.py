"""What people look at: rows as plain values, ready for a page or for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, select

from cases.errors import NotFound
from cases.lifecycle import OPEN_STATES
from storage import recurrences, tables
from storage.changes import plain
from storage.records import Case

View = dict[str, Any]
_MOST_FOUND: Final = 200
_OPEN: Final = tuple(sorted(state.value for state in OPEN_STATES))
# Not for people: the machine's own columns.
_UNSHOWN: Final = frozenset(
    {"case_id", "look_at", "history_seq", "history_hash", "lease_owner", "lease_until", "fence"}
)


def case_list(connection: Connection, *, only_open: bool, manager: str | None = None) -> list[View]:
    """Cases, the newest first."""
    cases, contacts = tables.cases, tables.contacts
    query = (
        select(cases, contacts.c.address.label("contact"))
        .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
        .order_by(cases.c.id.desc())
    )
    if only_open:
        query = query.where(cases.c.state.in_(_OPEN))
    if manager is not None:
        query = query.where(cases.c.manager == manager)
    names = ("number", "state", "round", "subject", "contact", "manager", "arrived_at")
    return [_only(row._mapping, names) for row in connection.execute(query)]


def same_customer(connection: Connection, case: Case) -> list[View]:
    """The customer's other cases, the newest first."""
    cases = tables.cases
    found = connection.execute(
        select(cases)
        .where(cases.c.customer_id == case.customer_id, cases.c.id != case.id)
        .order_by(cases.c.id.desc())
        .limit(_MOST_FOUND)
    )
    return [_only(row._mapping, ("number", "state", "subject")) for row in found]


def letter_show(connection: Connection, letter_id: int) -> View:
    """One letter with its words and its deliveries."""
    letters, deliveries = tables.letters, tables.deliveries
    row = connection.execute(select(letters).where(letters.c.id == letter_id)).first()
    if row is None:
        raise NotFound(f"there is no letter {letter_id}", mend="see `amends outbox list --all`")
    text = connection.scalar(
        select(tables.messages.c.text).where(tables.messages.c.letter_id == letter_id)
    )
    found = connection.execute(
        select(deliveries).where(deliveries.c.letter_id == letter_id).order_by(deliveries.c.id)
    )
    return {
        **_shown(row._mapping),
        "case_id": str(row.case_id) if row.case_id else None,
        "text": text,
        "deliveries": [_shown(one._mapping) for one in found],
    }


def case_show(connection: Connection, case: Case) -> View:
    """One case with everything that hangs on it."""
    row = connection.execute(select(tables.cases).where(tables.cases.c.id == case.id)).one()
    letters = {one["id"]: one for one in _of_case(connection, tables.letters, case.id)}
    for letter in letters.values():
        letter["deliveries"] = []
    for delivery in _of_case(connection, tables.deliveries, case.id):
        letters[delivery.pop("letter_id")]["deliveries"].append(delivery)
    return {
        **_shown(row._mapping),
        "customer": _one(connection, tables.customers, case.customer_id, ("code", "name")),
        "contact": _one(connection, tables.contacts, case.contact_id, ("address", "name")),
        "predecessor": _number(connection, case.predecessor_id),
        "successor": _number(connection, case.successor_id),
        "lines": _of_case(connection, tables.lines, case.id),
        "messages": _messages(connection, case.id),
        "letters": list(letters.values()),
        "clocks": _of_case(connection, tables.clocks, case.id),
        "tasks": _of_case(connection, tables.tasks, case.id),
        "measures": _measures(connection, case.id),
        "answers": _of_case(connection, tables.answers, case.id),
        "recurrences": recurrences.shown(connection, case.id),
        "solutions": _of_case(connection, tables.solutions, case.id),
        "related": _related(connection, case.id),
        "proposals": sum(
            one["event"] == "proposal_sent" and one["state"] == "done" for one in letters.values()
        ),
    }


def task_list(connection: Connection, *, only_open: bool = True) -> list[View]:
    """Tasks with the number of their case, oldest first."""
    tasks, cases = tables.tasks, tables.cases
    query = (
        select(tasks, cases.c.number.label("case"), cases.c.manager)
        .outerjoin(cases, cases.c.id == tasks.c.case_id)
        .order_by(tasks.c.id)
    )
    if only_open:
        query = query.where(tasks.c.resolved_at.is_(None))
    names = (
        "id",
        "case",
        "manager",
        "kind",
        "reason",
        "message_id",
        "letter_id",
        "suggestion",
        "created_at",
        "resolved_at",
        "resolved_by",
        "resolution",
        "why",
    )
    return [_only(row._mapping, names) for row in connection.execute(query)]


def outbox_list(connection: Connection, *, only_waiting: bool) -> list[View]:
    """Letters with the state of each delivery, the newest first."""
    letters, deliveries, cases = tables.letters, tables.deliveries, tables.cases
    query = (
        select(
            letters.c.id,
            cases.c.number.label("case"),
            letters.c.template,
            letters.c.state.label("letter"),
            letters.c.hold_reason,
            deliveries.c.address,
            deliveries.c.state.label("delivery"),
            deliveries.c.attempts,
            deliveries.c.next_attempt_at,
            deliveries.c.reply_code,
            deliveries.c.reply_text,
            deliveries.c.accepted_at,
        )
        .outerjoin(cases, cases.c.id == letters.c.case_id)
        .outerjoin(deliveries, deliveries.c.letter_id == letters.c.id)
        .order_by(letters.c.id.desc(), deliveries.c.id)
    )
    if only_waiting:
        query = query.where(letters.c.state.in_(("draft", "promised", "held", "queued")))
    return [_only(row._mapping, tuple(row._fields)) for row in connection.execute(query)]


def user_list(connection: Connection) -> list[View]:
    """Everybody, by name."""
    users = tables.users
    names = ("name", "full_name", "email", "phone", "title", "role", "enabled")
    found = connection.execute(select(users).order_by(users.c.name))
    return [_only(row._mapping, names) for row in found]


def absence_list(connection: Connection) -> list[View]:
    """Absences that nobody has ended, the latest first."""
    absences = tables.absences
    names = ("id", "user_name", "first_day", "last_day", "deputy", "created_by")
    found = connection.execute(
        select(absences).where(absences.c.ended_at.is_(None)).order_by(absences.c.first_day.desc())
    )
    return [_only(row._mapping, names) for row in found]


def aside_list(connection: Connection) -> list[View]:
    """Mail that belongs to no case, with the name of the judge who said so; the newest first."""
    messages = tables.messages
    names = ("id", "arrived_at", "mailbox", "kind", "reason", "from_address", "subject")
    found = connection.execute(
        select(messages)
        .where(messages.c.case_id.is_(None), messages.c.direction == "in")
        .order_by(messages.c.id.desc())
    )
    return [_only(row._mapping, names) for row in found]


def _messages(connection: Connection, case_id: int) -> list[View]:
    found = _of_case(connection, tables.messages, case_id)
    files: dict[int, list[View]] = {}
    for one in _of_case(connection, tables.attachments, case_id):
        files.setdefault(one.pop("message_id"), []).append(one)
    for message in found:
        message["attachments"] = files.get(message["id"], [])
    return found


def _measures(connection: Connection, case_id: int) -> list[View]:
    found = _of_case(connection, tables.measures, case_id)
    files: dict[str, list[View]] = {}
    for one in _of_case(connection, tables.measure_files, case_id):
        files.setdefault(one.pop("measure_id"), []).append(one)
    for measure in found:
        measure["files"] = files.get(measure["id"], [])
    return found


def _of_case(connection: Connection, table: Table, case_id: int) -> list[View]:
    found = connection.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.id))
    return [_shown(row._mapping) for row in found]


def _one(
    connection: Connection, table: Table, row_id: int | None, names: tuple[str, ...]
) -> View | None:
    same: ColumnElement[bool] = table.c.id == row_id
    row = connection.execute(select(table).where(same)).first() if row_id else None
    return None if row is None else _only(row._mapping, names)


def _related(connection: Connection, case_id: int) -> list[View]:
    related, cases = tables.related_cases, tables.cases
    found = connection.execute(
        select(cases.c.number.label("case"), related.c.kind, related.c.message_id)
        .join(cases, cases.c.id == related.c.other_id)
        .where(related.c.case_id == case_id)
        .order_by(related.c.id)
    )
    return [_only(row._mapping, ("case", "kind", "message_id")) for row in found]


def _number(connection: Connection, case_id: int | None) -> str | None:
    if case_id is None:
        return None
    number: str | None = connection.scalar(
        select(tables.cases.c.number).where(tables.cases.c.id == case_id)
    )
    return number


def _shown(row: Mapping[Any, Any]) -> View:
    return _only(row, tuple(name for name in row if name not in _UNSHOWN))


def _only(row: Mapping[Any, Any], names: tuple[str, ...]) -> View:
    return {name: _value(name, row[name]) for name in names}


def _value(name: str, value: Any) -> Any:
    # JSON readers that know only floating numbers would change a 63-bit id.
    if isinstance(value, int) and (name == "id" or name.endswith("_id")):
        return str(value)
    return plain(value)
