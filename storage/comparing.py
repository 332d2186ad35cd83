"""By what cases are found that may be one problem (R-30): marks in an index, sights of pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from cases.lifecycle import State
from cases.recurrence import NEAR_IN_TIME, Part, Told, marks, sought
from storage import tables
from storage.changes import Change, Enter, Insert, Leave, Update
from storage.upsert import insert_into

# Of one mark only the newest cases are looked at: the cost must not grow with their number.
_NEWEST: Final[Mapping[str, int]] = {"part": 60, "no part": 30, "customer": 30, "picture": 60}
_MOST: Final = 200
_MOST_TEXT: Final = 4000  # signs
_MOST_PICTURES: Final = 20  # of a case
_FACTS: Final[Mapping[str, frozenset[str]]] = {
    "cases": frozenset({"customer_id", "subject", "reason_internal", "state", "merged_into_id"}),
    "lines": frozenset({"part_number", "part_name", "reason_internal", "reason_customer"}),
    "messages": frozenset({"new_text"}),
}
_NOT_COUNTED: Final = frozenset({State.DISMISSED.value, State.MERGED.value})
_MARKS: Final = tables.case_marks.c
# Made once: it is asked for every mark of a case.
_SAME_MARK: Final = (
    select(_MARKS.case_id)
    .where(
        _MARKS.kind == bindparam("of_kind"),
        _MARKS.mark == bindparam("of_mark"),
        _MARKS.arrived_at.between(bindparam("after"), bindparam("before")),
    )
    .order_by(_MARKS.arrived_at.desc(), _MARKS.case_id.desc())
    .limit(bindparam("most"))
)


def to_be_compared(changes: Iterable[Change]) -> bool:
    """Whether these changes may make another case look like this one."""
    return any(_concerns(change) for change in changes)


def _concerns(change: Change) -> bool:
    name = change.table.name
    if isinstance(change, Update):
        return bool(_FACTS.get(name, frozenset()) & change.values.keys())
    if isinstance(change, Insert) and name == "messages":
        return False  # the first comes with its case; of others only the pictures count
    return isinstance(change, Insert | Enter | Leave) and name in (*_FACTS, "attachments")


def due(connection: Connection, most: int) -> list[int]:
    """Cases that must be looked at, the oldest first."""
    column = tables.to_compare.c.case_id
    return list(connection.scalars(select(column).order_by(column).limit(most)))


def done(tx: Connection, case_id: int) -> bool:
    """It was looked at; whether nobody else said so before."""
    table = tables.to_compare
    return tx.execute(delete(table).where(table.c.case_id == case_id)).rowcount == 1


def put_marks(tx: Connection, cases: Sequence[Told]) -> None:
    """From now on these cases are found by what they say now."""
    table = tables.case_marks
    tx.execute(delete(table).where(table.c.case_id.in_([case.id for case in cases])))
    rows = [
        {"kind": kind, "mark": mark, "arrived_at": case.arrived_at, "case_id": case.id}
        for case in cases
        if case.counts
        for kind, mark in sorted(marks(case))
    ]
    if rows:
        tx.execute(insert(table), rows)


def found_by(connection: Connection, case: Told) -> list[int]:
    """The cases that share a mark with this one, near in time; at most a fixed number."""
    near = {
        "after": case.arrived_at - NEAR_IN_TIME,
        "before": case.arrived_at + NEAR_IN_TIME,
    }
    found: dict[int, None] = {}
    for kind, mark in sought(case):
        asked = {"of_kind": kind, "of_mark": mark, "most": _NEWEST[kind], **near}
        found.update(dict.fromkeys(connection.scalars(_SAME_MARK, asked)))
    found.pop(case.id, None)
    return list(found)[:_MOST]


def told(connection: Connection, case_ids: Collection[int]) -> list[Told]:
    """What is known of these cases, for comparing."""
    cases = tables.cases
    rows = connection.execute(select(cases).where(cases.c.id.in_(case_ids)).order_by(cases.c.id))
    parts, reasons = _lines(connection, case_ids)
    texts, pictures = _texts(connection, case_ids), _pictures(connection, case_ids)
    return [
        Told(
            row.id,
            row.number,
            row.customer_id,
            tuple(parts[row.id]),
            "\n".join([row.subject, texts.get(row.id, ""), *reasons[row.id]]),
            row.arrived_at,
            tuple(dict.fromkeys(pictures[row.id]))[:_MOST_PICTURES],
            counts=row.state not in _NOT_COUNTED,
        )
        for row in rows
    ]


def _lines(
    connection: Connection, case_ids: Collection[int]
) -> tuple[dict[int, list[Part]], dict[int, list[str]]]:
    lines = tables.lines
    parts, reasons = defaultdict[int, list[Part]](list), defaultdict[int, list[str]](list)
    found = select(lines).where(lines.c.case_id.in_(case_ids)).order_by(lines.c.position)
    for row in connection.execute(found):
        parts[row.case_id].append(Part(row.part_number or "", row.part_name or ""))
        said = (row.reason_customer, row.reason_internal)
        reasons[row.case_id] += [one for one in said if one]
    return parts, reasons


def _texts(connection: Connection, case_ids: Collection[int]) -> dict[int, str]:
    """The mail with which each case began, without what it quotes."""
    messages = tables.messages
    first = (
        select(func.min(messages.c.id))
        .where(messages.c.case_id.in_(case_ids), messages.c.direction == "in")
        .group_by(messages.c.case_id)
    )
    said = func.substr(messages.c.new_text, 1, _MOST_TEXT).label("said")
    found = connection.execute(
        select(messages.c.case_id, said).where(messages.c.id.in_(first.scalar_subquery()))
    )
    return {row.case_id: row.said for row in found}


def _pictures(connection: Connection, case_ids: Collection[int]) -> dict[int, list[str]]:
    files, seen = tables.attachments, tables.picture_sights
    found = connection.execute(
        select(files.c.case_id, seen.c.sights)
        .join(seen, seen.c.sha256 == files.c.sha256)
        .where(files.c.case_id.in_(case_ids), seen.c.sights != "")
        .order_by(files.c.id)
    )
    pictures = defaultdict[int, list[str]](list)
    for row in found:
        pictures[row.case_id].append(row.sights)
    return pictures


def history_seqs(connection: Connection, case_ids: Collection[int]) -> dict[int, int]:
    """How far the history of each case goes: what was read may have changed since."""
    cases = tables.cases
    found = connection.execute(
        select(cases.c.id, cases.c.history_seq).where(cases.c.id.in_(case_ids))
    )
    return {row.id: row.history_seq for row in found}


def one_story(connection: Connection, case_id: int) -> frozenset[int]:
    """Cases that go on as this one or before it (R-28), and those from which it was split."""
    cases, table = tables.cases, tables.recurrences
    found, new = {case_id}, {case_id}
    while new:
        rows = connection.execute(
            select(cases.c.predecessor_id, cases.c.successor_id).where(cases.c.id.in_(new))
        )
        new = {one for row in rows for one in row if one is not None} - found
        found |= new
    apart = connection.execute(
        select(table.c.case_id, table.c.earlier_id).where(
            (table.c.case_id == case_id) | (table.c.earlier_id == case_id),
            table.c.state == "apart",
        )
    )
    return frozenset(found | {one for row in apart for one in row})


def between(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """All rows of `recurrences` in which this case is the later or the earlier one."""
    table = tables.recurrences
    found = connection.execute(
        select(table)
        .where((table.c.case_id == case_id) | (table.c.earlier_id == case_id))
        .order_by(table.c.id)
    )
    return [dict(row._mapping) for row in found]


def unseen_pictures(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """Attachments of a case whose bytes nobody has looked at, with the mail that holds them."""
    files, messages, seen = tables.attachments, tables.messages, tables.picture_sights
    found = connection.execute(
        select(files, messages.c.raw_sha256)
        .join(messages, messages.c.id == files.c.message_id)
        .outerjoin(seen, seen.c.sha256 == files.c.sha256)
        .where(files.c.case_id == case_id, seen.c.sha256.is_(None), messages.c.direction == "in")
        .order_by(files.c.id)
        .limit(_MOST_PICTURES)
    )
    return [dict(row._mapping) for row in found]


def keep_sights(tx: Connection, sha256: str, sights: str, why: str | None) -> None:
    """How a picture looks; another node may have seen it too."""
    row = {"sha256": sha256, "sights": sights, "why": why}
    tx.execute(insert_into(tx, tables.picture_sights).values(**row).on_conflict_do_nothing())
