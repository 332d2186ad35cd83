"""The casebook: the one door through which rows of a case change, each change with its history.

What is written to the tables and what is written to the history are the same values, so a case can
be rebuilt from its history (R-46). A `Book` collects the changes of one transaction and writes them
together: one statement a table, not one a row.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from cases.errors import NotFound, Stale
from storage import tables
from storage.upsert import insert_into

GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """New values of some columns of the row `id`."""

    table: Table
    id: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One happening in one case."""

    case_id: int
    kind: str
    actor: str
    cause: str
    changes: tuple[Insert | Update, ...]


Head = tuple[int, str]


class Book:
    """The changes of one transaction, at one moment of business time."""

    def __init__(self, tx: Connection, at: datetime, salt: Callable[[], str]) -> None:
        self.tx = tx
        self.at = at
        self._salt = salt
        self._entries: list[Entry] = []
        self._asides: list[Insert] = []
        self._unless_there: list[Insert] = []
        self._heads: dict[int, Head] = {}

    def lock(self, case_ids: Iterable[int]) -> None:
        """Hold these cases until the transaction ends. Before reading what a decision rests on."""
        wanted = sorted(set(case_ids) - self._heads.keys())
        if not wanted:
            return
        found = self.tx.execute(
            select(tables.cases.c.id, tables.cases.c.history_seq, tables.cases.c.history_hash)
            .where(tables.cases.c.id.in_(wanted))
            .order_by(tables.cases.c.id)  # the same order everywhere: no deadlock
            .with_for_update()  # SQLite's writer has the file to itself
        )
        self._heads.update({row.id: (row.history_seq, row.history_hash) for row in found})
        if missing := set(wanted) - self._heads.keys():
            raise NotFound(f"there is no case with the id {min(missing)}")

    def record(
        self, case_id: int, kind: str, *changes: Insert | Update, actor: str, cause: str
    ) -> None:
        """Change rows of a case and say so in its history."""
        self._entries.append(Entry(case_id, kind, actor, cause, changes))

    def aside(self, *inserts: Insert) -> None:
        """Insert rows that belong to no case's record."""
        self._asides.extend(inserts)

    def unless_there(self, *inserts: Insert) -> None:
        """Insert rows that belong to no case's record and may be there already."""
        self._unless_there.extend(inserts)

    def flush(self) -> None:
        """Write everything collected so far."""
        entries, self._entries = self._entries, []
        asides, self._asides = self._asides, []
        unless_there, self._unless_there = self._unless_there, []
        new = {c.values["id"] for e in entries for c in e.changes if _is_new_case(c)}
        self.lock({entry.case_id for entry in entries} - new)
        records, payloads = self._chain(entries)
        changes = [change for entry in entries for change in entry.changes]
        self._insert([*asides, *(c for c in changes if isinstance(c, Insert))])
        self._update([c for c in changes if isinstance(c, Update)])
        for extra in unless_there:
            statement = insert_into(self.tx, extra.table).values(**extra.values)
            self.tx.execute(statement.on_conflict_do_nothing())
        if records:
            self.tx.execute(insert(tables.history), records)
            self.tx.execute(insert(tables.history_payloads), payloads)
            self._write_heads({entry.case_id for entry in entries})

    def _chain(self, entries: Sequence[Entry]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        records, payloads = [], []
        for entry in entries:
            seq, previous = self._heads.get(entry.case_id, (0, GENESIS))
            salt, payload = self._salt(), payload_of(entry)
            record = {
                "case_id": entry.case_id,
                "seq": seq + 1,
                "at": self.at,
                "actor": entry.actor,
                "cause": entry.cause,
                "kind": entry.kind,
                "payload_hash": payload_hash(salt, payload),
                "previous_hash": previous,
            }
            self._heads[entry.case_id] = (seq + 1, chain_hash(record))
            records.append(record)
            payloads.append(
                {"case_id": entry.case_id, "seq": seq + 1, "salt": salt, "payload": payload}
            )
        return records, payloads

    def _insert(self, inserts: Sequence[Insert]) -> None:
        """Grouped by table and columns: in the order in which tables depend on each other."""
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for change in inserts:
            values = dict(change.values)
            if _is_new_case(change):
                seq, head = self._heads[values["id"]]
                values |= {"history_seq": seq, "history_hash": head}
            groups[(change.table.name, *sorted(values))].append(values)
        order = {table.name: place for place, table in enumerate(tables.metadata.sorted_tables)}
        for group in sorted(groups, key=lambda group: order[group[0]]):
            self.tx.execute(insert(tables.metadata.tables[group[0]]), groups[group])

    def _update(self, updates: Sequence[Update]) -> None:
        for change in updates:
            done = self.tx.execute(
                update(change.table).where(change.table.c.id == change.id).values(**change.values)
            )
            if done.rowcount != 1:
                raise Stale(f"{change.table.name} {change.id} is not there any more")

    def _write_heads(self, case_ids: Iterable[int]) -> None:
        self.tx.execute(
            update(tables.cases)
            .where(tables.cases.c.id == bindparam("of_case"))
            .values(history_seq=bindparam("head_seq"), history_hash=bindparam("head_hash")),
            [
                {
                    "of_case": case,
                    "head_seq": self._heads[case][0],
                    "head_hash": self._heads[case][1],
                }
                for case in sorted(case_ids)
            ],
        )


def _is_new_case(change: Insert | Update) -> bool:
    return isinstance(change, Insert) and change.table is tables.cases


def payload_of(entry: Entry) -> str:
    """The changes of an entry as canonical JSON, without the columns that are not recorded."""
    return canonical([_row_change(change) for change in entry.changes])


def _row_change(change: Insert | Update) -> dict[str, Any]:
    recorded = {
        name: plain(value)
        for name, value in change.values.items()
        if change.table.c[name].info.get("recorded", True)
    }
    if isinstance(change, Insert):
        return {"insert": change.table.name, "values": recorded}
    return {"update": change.table.name, "id": change.id, "values": recorded}


def plain(value: Any) -> Any:
    """A column's value as JSON knows it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | Decimal):
        return str(value)
    return value


def canonical(value: Any) -> str:
    """One spelling for one value: what is hashed must not depend on the order of keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def payload_hash(salt: str, payload: str) -> str:
    """Salted, so that an erased payload cannot be guessed from its hash."""
    return hashlib.sha256(f"{salt}{payload}".encode()).hexdigest()


def chain_hash(record: Mapping[str, Any]) -> str:
    """The hash of one record of the history, which the next one carries."""
    return hashlib.sha256(
        canonical({name: plain(record[name]) for name in _CHAINED}).encode()
    ).hexdigest()


_CHAINED: Final = (
    "case_id",
    "seq",
    "at",
    "actor",
    "cause",
    "kind",
    "payload_hash",
    "previous_hash",
)
