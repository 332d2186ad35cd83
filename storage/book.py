"""The casebook: the one door through which rows of a case change, each change with its history.

What is written to the tables and what is written to the history are the same values, so a case can
be rebuilt from its history (R-46). A `Book` collects the changes of one transaction and writes them
together: one statement a table, not one a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, select

from cases.errors import NotFound, Stale
from storage import counters, tables
from storage.changes import (
    Change,
    Enter,
    Entry,
    Insert,
    Leave,
    Update,
    chain_hash,
    payload_hash,
    payload_of,
)
from storage.listening import tell
from storage.pending import Pending, is_new_case
from storage.statements import HEADS, INSERTS, in_cases, order, owner_of, updating
from storage.upsert import insert_into

__all__ = ["GENESIS", "Book", "Enter", "Insert", "Leave", "Update"]

GENESIS: Final = "0" * 64

T = TypeVar("T")
Head = tuple[int, str]


class Book:
    """The changes of one transaction, at one moment of business time."""

    def __init__(self, tx: Connection, at: datetime, salt: Callable[[], str]) -> None:
        self.tx = tx
        self.at = at
        self._salt = salt
        self._pending = Pending()
        self._unless_there: list[Insert] = []
        self._heads: dict[int, Head] = {}
        self._told: dict[Hashable, Any] = {}
        self._numbers: dict[tuple[str, int], int] = {}  # the last one of each series and year
        self._numbered: set[tuple[str, int]] = set()  # of which the counter does not know yet
        self._written: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self._ahead: dict[tuple[str, int], list[dict[str, Any]]] = {}

    def lock(self, case_ids: Iterable[int | None]) -> None:
        """Hold these cases until the transaction ends. Before reading what a decision rests on."""
        ids = {one for one in case_ids if one is not None}
        wanted = sorted(ids - self._heads.keys() - self._pending.new_cases)
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
        self, case_id: int | None, kind: str, *changes: Change, actor: str, cause: str
    ) -> None:
        """Change rows of a case and say so in its history; rows of no case have none."""
        if case_id is None:
            self._pending.change_apart(changes)
        else:
            self._pending.record(Entry(case_id, kind, actor, cause, changes))

    def number(self, series: str, year: int) -> int:
        """The next number of `series` in `year` (R-20); the counter is asked once."""
        of = (series, year)
        if of in self._numbers:
            self._numbers[of] += 1
            self._numbered.add(of)
        else:
            self._numbers[of] = counters.take(self.tx, series, year)
        return self._numbers[of]

    def aside(self, *inserts: Insert) -> None:
        """Insert rows that belong to no case's record."""
        self._pending.aside(inserts)

    def unless_there(self, *inserts: Insert) -> None:
        """Insert rows that belong to no case's record and may be there already."""
        self._unless_there.extend(inserts)

    def settle(self, case_id: int, *of: Table) -> None:
        """Before reading rows of these tables in a case: write, if any of them was changed here.

        Rows of no case count for every case. Not `flush`: each one cuts the batch into statements
        of few rows.
        """
        if any(True for table in of for _ in self._pending.changes(table, case_id)):
            self.flush()

    def waiting(self, table: Table) -> list[Mapping[str, Any]]:
        """The new rows of cases in a table that are not written yet."""
        return self._pending.new_rows(table)

    def made(self, table: Table) -> list[Mapping[str, Any]]:
        """The new rows of a table in this transaction, written or not."""
        return [*self._written[table.name], *self.waiting(table)]

    def rows(self, table: Table, case_id: int) -> list[dict[str, Any]]:
        """All rows of this table in a case, with what was changed here and is not written yet.

        Where a mail of the same batch came before, this is cheaper than `settle` and a question.
        """
        if (table.name, case_id) not in self._ahead:
            is_new = case_id in self._pending.new_cases
            self.read_ahead([] if is_new else [case_id], table)
        rows = {row["id"]: dict(row) for row in self._ahead.get((table.name, case_id), ())}
        for change in self._pending.changes(table, case_id):
            match change:
                case Leave(_, row_id):
                    rows.pop(row_id, None)
                case Update(_, row_id, values):
                    if row_id in rows:
                        rows[row_id].update(values)
                case Insert(_, values) | Enter(_, values):
                    rows[values["id"]] = dict.fromkeys(table.c.keys()) | dict(values)
        return list(rows.values())

    def read_ahead(self, case_ids: Collection[int], *of: Table) -> None:
        """Ask for the rows of these tables in many cases at once; `rows` knows them then, until
        something is written."""
        for table in of if case_ids else ():
            self._ahead |= {(table.name, case_id): [] for case_id in case_ids}
            owner = owner_of(table).name
            for row in self.tx.execute(in_cases(table), {"of_cases": sorted(case_ids)}).mappings():
                self._ahead[table.name, row[owner]].append(dict(row))

    def once(self, what: Hashable, ask: Callable[[], T]) -> T:
        """What `ask` says, asked once in this transaction: for what stays the same in it, or is
        kept right by whoever changes it (`forget`)."""
        if what not in self._told:
            self._told[what] = ask()
        found: T = self._told[what]
        return found

    def forget(self) -> None:
        """Ask anew what `once` knows: something of it was changed."""
        self._told.clear()

    def flush(self) -> None:
        """Write everything collected so far."""
        self._ahead.clear()
        pending, self._pending = self._pending, Pending()
        unless_there, self._unless_there = self._unless_there, []
        entries = pending.entries
        self.lock({entry.case_id for entry in entries} - pending.new_cases)
        records, payloads = self._chain(entries)
        changes = [*pending.apart, *(change for entry in entries for change in entry.changes)]
        self._insert([*pending.asides, *(c for c in changes if isinstance(c, Insert))])
        self._update([c for c in changes if isinstance(c, Update | Enter)])
        self._insert_missing(unless_there)
        for of in sorted(self._numbered):
            counters.leave(self.tx, *of, self._numbers[of])
        self._numbered.clear()
        if any(map(_concerns_outbox, changes)):
            tell(self.tx)
        if records:
            self.tx.execute(INSERTS["history"], records)
            self.tx.execute(INSERTS["history_payloads"], payloads)
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
            self._written[change.table.name].append(change.values)
            if is_new_case(change):
                seq, head = self._heads[values["id"]]
                values |= {"history_seq": seq, "history_hash": head}
            groups[(change.table.name, *sorted(values))].append(values)
        for group in sorted(groups, key=lambda group: order()[group[0]]):
            self.tx.execute(INSERTS[group[0]], groups[group])

    def _insert_missing(self, inserts: Sequence[Insert]) -> None:
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in inserts:
            groups[one.table.name].append(dict(one.values))
        for name, rows in sorted(groups.items()):
            table = tables.metadata.tables[name]
            # The same order everywhere: who waits for a key never has one that is waited for.
            rows.sort(key=lambda row: [row[column.name] for column in table.primary_key])
            self.tx.execute(insert_into(self.tx, table).on_conflict_do_nothing(), rows)

    def _update(self, changes: Sequence[Update | Enter]) -> None:
        """Each row once, with the last value of each column; grouped by table and columns."""
        rows: dict[tuple[str, int], dict[str, Any]] = {}
        for change in changes:
            row_id = change.id if isinstance(change, Update) else change.values["id"]
            rows.setdefault((change.table.name, row_id), {}).update(change.values)
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for (table, row_id), values in rows.items():
            values.pop("id", None)
            groups[(table, *sorted(values))].append({"of_row": row_id, **values})
        for (table, *names), group in groups.items():
            if self.tx.execute(updating(table, *names), group).rowcount != len(group):
                ids = ", ".join(str(one["of_row"]) for one in group)
                raise Stale(f"{table} {ids} is not there any more")

    def _write_heads(self, case_ids: Iterable[int]) -> None:
        self.tx.execute(
            HEADS,
            [
                {
                    "of_case": case,
                    "head_seq": self._heads[case][0],
                    "head_hash": self._heads[case][1],
                }
                for case in sorted(case_ids)
            ],
        )


def _concerns_outbox(change: Change) -> bool:
    """Whether letters may have to be composed or carried because of it."""
    if isinstance(change, Leave) or change.table not in (tables.letters, tables.deliveries):
        return False
    return change.values.get("state") in ("promised", "queued")
