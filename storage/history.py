"""Reading the record (R-46): is a chain whole, and does it say the same as the tables?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, and_, select

from storage import tables
from storage.book import GENESIS
from storage.changes import chain_hash, payload_hash, plain

# Tables whose rows belong to a case.
CASE_TABLES: Final = (
    tables.cases,
    tables.lines,
    tables.solutions,
    tables.messages,
    tables.attachments,
    tables.letters,
    tables.deliveries,
    tables.clocks,
    tables.clock_pauses,
    tables.tasks,
    tables.measures,
    tables.answers,
)

Rows = dict[str, dict[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Step:
    """One record of a case's history. `payload` is None when it was erased."""

    case_id: int
    seq: int
    at: str
    actor: str
    cause: str
    kind: str
    payload: list[dict[str, Any]] | None


def steps(connection: Connection, case_id: int) -> list[Step]:
    """The history of a case, oldest first."""
    return [
        Step(
            r.case_id,
            r.seq,
            plain(r.at),
            r.actor,
            r.cause,
            r.kind,
            None if r.payload is None else json.loads(r.payload),
        )
        for r in _records(connection, case_id)
    ]


def faults(connection: Connection, case_id: int) -> tuple[str, ...]:
    """What is wrong with the history of a case; nothing when it is whole and equals the tables."""
    return (*_broken_links(connection, case_id), *_differences(connection, case_id))


def rebuild(connection: Connection, case_id: int) -> Rows:
    """The rows of a case as its history alone tells them, without columns that are not recorded."""
    rows: Rows = {table.name: {} for table in CASE_TABLES}
    for step in steps(connection, case_id):
        for change in step.payload or ():
            if "insert" in change:
                rows[change["insert"]][change["values"]["id"]] = dict(change["values"])
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
    columns = [column for column in table.c if column.info.get("recorded", True)]
    found = connection.execute(select(*columns).where(owner == case_id))
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


def _broken_links(connection: Connection, case_id: int) -> list[str]:
    found, previous, last = [], GENESIS, 0
    for record in _records(connection, case_id):
        if record.seq != last + 1:
            found.append(f"record {last + 1} is missing before record {record.seq}")
        if record.previous_hash != previous:
            found.append(f"record {record.seq} does not follow from record {last}")
        if record.payload is not None and record.payload_hash != payload_hash(
            record.salt, record.payload
        ):
            found.append(f"the content of record {record.seq} was altered")
        previous, last = chain_hash(dict(record._mapping)), record.seq
    head = connection.execute(
        select(tables.cases.c.history_seq, tables.cases.c.history_hash).where(
            tables.cases.c.id == case_id
        )
    ).one()
    if (last, previous) != (head.history_seq, head.history_hash):
        found.append(f"the history ends at record {last}, the case says {head.history_seq}")
    return found


def _differences(connection: Connection, case_id: int) -> list[str]:
    told, held = rebuild(connection, case_id), present(connection, case_id)
    found = []
    for table in told:
        for row_id in sorted(told[table].keys() | held[table].keys()):
            one, other = told[table].get(row_id), held[table].get(row_id)
            if one is None or other is None:
                found.append(
                    f"{table} {row_id} is only in {'the table' if one is None else 'the history'}"
                )
            else:
                found += [f"{table} {row_id}: {name} differs" for name in _unlike(one, other)]
    return found


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    # A column that an insert did not name is NULL.
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
