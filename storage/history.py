"""Reading the record (R-46): is a chain whole, and does it say the same as the tables?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Table, and_, select

from storage import tables
from storage.book import GENESIS
from storage.changes import canonical, chain_hash, payload_hash, plain

# Tables whose rows belong to a case.
CASE_TABLES: Final = (
    tables.cases,
    tables.lines,
    tables.solutions,
    tables.messages,
    tables.attachments,
    tables.letters,
    tables.deliveries,
    tables.challenges,
    tables.clocks,
    tables.clock_pauses,
    tables.tasks,
    tables.measures,
    tables.measure_files,
    tables.answers,
    tables.recurrences,
    tables.terms,
    tables.related_cases,
)


def _recorded(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if column.info.get("recorded", True)]


def _unsaid(column: Column[Any]) -> Any:
    """What a row has in a column that its insert did not name: the default of the schema, with
    which a migration fills the rows of before the column; else NULL."""
    default = getattr(column.server_default, "arg", None)
    if not isinstance(default, str):
        return None
    kind = column.type.python_type
    return default.lower() in ("1", "true") if kind is bool else kind(default)


_EMPTY: Final[Mapping[str, dict[str, Any]]] = {
    table.name: {column.name: _unsaid(column) for column in _recorded(table)}
    for table in CASE_TABLES
}

TableRows = dict[int, dict[str, Any]]
Rows = dict[str, TableRows]


@dataclass(frozen=True, slots=True)
class Step:
    """One record of a case's history. `payload` is None when it was erased, or is not the one
    that was written."""

    case_id: int
    seq: int
    at: str
    actor: str
    cause: str
    kind: str
    payload: list[dict[str, Any]] | None

    def view(self) -> dict[str, Any]:
        """The record as people and programs read it."""
        return {
            "seq": self.seq,
            "at": self.at,
            "actor": self.actor,
            "cause": self.cause,
            "kind": self.kind,
            "changes": self.payload,
        }


def steps(connection: Connection, case_id: int) -> list[Step]:
    """The history of a case, oldest first."""
    return _steps(_records(connection, case_id))


def _steps(records: Iterable[Row[Any]]) -> list[Step]:
    return [
        Step(
            r.case_id,
            r.seq,
            plain(r.at),
            r.actor,
            r.cause,
            r.kind,
            json.loads(r.payload) if r.payload is not None and not _altered(r) else None,
        )
        for r in records
    ]


def faults(connection: Connection, case_id: int) -> tuple[str, ...]:
    """What is wrong with the history of a case; nothing when it is whole and equals the tables."""
    records = _records(connection, case_id)
    return (
        *_broken_links(connection, case_id, records),
        *_differences(connection, case_id, _steps(records)),
    )


def rebuild(connection: Connection, case_id: int) -> Rows:
    """The rows of a case as its history alone tells them, without columns that are not recorded."""
    return _replay(steps(connection, case_id))


def _replay(told: Iterable[Step]) -> Rows:
    rows: Rows = {table.name: {} for table in CASE_TABLES}
    for step in told:
        for change in step.payload or ():
            if "insert" in change:
                values = _EMPTY[change["insert"]] | change["values"]
                rows[change["insert"]][values["id"]] = values
            elif "leave" in change:
                rows[change["leave"]].pop(change["id"], None)
            else:
                rows[change["update"]].setdefault(change["id"], {}).update(change["values"])
    return rows


def present(connection: Connection, case_id: int) -> Rows:
    """The rows of a case as the tables hold them, in the spelling of the history."""
    return {table.name: _rows(connection, table, case_id) for table in CASE_TABLES}


def _rows(connection: Connection, table: Table, case_id: int) -> dict[int, dict[str, Any]]:
    owner = table.c.id if table is tables.cases else table.c.case_id
    found = connection.execute(select(*_recorded(table)).where(owner == case_id))
    return {row.id: {name: plain(value) for name, value in row._mapping.items()} for row in found}


def _records(connection: Connection, case_id: int) -> list[Row[Any]]:
    payloads = tables.history_payloads
    return list(
        connection.execute(
            select(tables.history, payloads.c.salt, payloads.c.payload)
            .outerjoin(
                payloads,
                and_(
                    payloads.c.case_id == tables.history.c.case_id,
                    payloads.c.seq == tables.history.c.seq,
                ),
            )
            .where(tables.history.c.case_id == case_id)
            .order_by(tables.history.c.seq)
        )
    )


def _altered(record: Row[Any]) -> bool:
    return record.payload is not None and record.payload_hash != payload_hash(
        record.salt, record.payload
    )


def _broken_links(connection: Connection, case_id: int, records: Iterable[Row[Any]]) -> list[str]:
    found, previous, last = [], GENESIS, 0
    for record in records:
        if record.seq != last + 1:
            found.append(f"record {last + 1} is missing before record {record.seq}")
        if record.previous_hash != previous:
            found.append(f"record {record.seq} does not follow from record {last}")
        if _altered(record):
            found.append(f"the content of record {record.seq} was altered")
        previous, last = chain_hash(dict(record._mapping)), record.seq
    head = connection.execute(
        select(tables.cases.c.history_seq, tables.cases.c.history_hash).where(
            tables.cases.c.id == case_id
        )
    ).first()
    if head is None:
        found.append("the case itself is gone")
    elif (last, previous) != (head.history_seq, head.history_hash):
        found.append(f"the history ends at record {last}, the case says {head.history_seq}")
    return found


def _differences(connection: Connection, case_id: int, every: Sequence[Step]) -> list[str]:
    unknown = [place for place, step in enumerate(every) if step.payload is None]
    # What was told up to an erased record may have been changed by it, so only the rest must agree.
    told = _replay(every[unknown[-1] + 1 :] if unknown else every)
    found = []
    for table in CASE_TABLES:
        try:
            held = _rows(connection, table, case_id)
        except (ValueError, TypeError, ArithmeticError):
            found.append(f"{table.name} holds a value that is none of its kind")
        else:
            found += _unlike(table.name, told[table.name], held, partly=bool(unknown))
    return found


def _unlike(table: str, told: TableRows, held: TableRows, *, partly: bool) -> Iterable[str]:
    for row_id in sorted(told.keys() | held.keys()):
        one, other = told.get(row_id), held.get(row_id)
        if other is None:
            yield f"{table} {row_id} is only in the history"
        elif one is not None:
            names = one.keys() if partly else one.keys() | other.keys()
            for name in sorted(names):
                # By spelling: to Python, true is 1 and 1 is 1.0.
                if canonical(one.get(name)) != canonical(other.get(name)):
                    yield f"{table} {row_id}: {name} differs"
        elif not partly:
            yield f"{table} {row_id} is only in the table"
