"""What a casebook has collected and not yet written, found by case and by table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from sqlalchemy import Table

from storage import tables
from storage.changes import Change, Entry, Insert


def is_new_case(change: Change) -> TypeGuard[Insert]:
    """Whether a case begins with it."""
    return isinstance(change, Insert) and change.table is tables.cases


@dataclass(slots=True)
class Pending:
    """`entries` belong to cases, `asides` and `apart` to none. A batch asks for each of its mails,
    so nothing here looks at all that the others collected."""

    entries: list[Entry] = field(default_factory=list)
    asides: list[Insert] = field(default_factory=list)
    apart: list[Change] = field(default_factory=list)
    new_cases: set[int] = field(default_factory=set)
    _of_case: defaultdict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    _of_none: defaultdict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    _new_rows: defaultdict[str, list[Mapping[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def record(self, entry: Entry) -> None:
        """A happening in a case."""
        self.entries.append(entry)
        self._of_case[entry.case_id].extend(entry.changes)
        for change in entry.changes:
            if isinstance(change, Insert):
                self._new_rows[change.table.name].append(change.values)
                if is_new_case(change):
                    self.new_cases.add(entry.case_id)

    def aside(self, inserts: Sequence[Insert]) -> None:
        """Rows of no case."""
        self.asides.extend(inserts)
        self._note(inserts)

    def change_apart(self, changes: Sequence[Change]) -> None:
        """Changes of rows of no case."""
        self.apart.extend(changes)
        self._note(changes)

    def _note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._of_none[change.table.name].append(change)

    def changes(self, table: Table, case_id: int) -> Iterator[Change]:
        """Of this table: those of no case, then those of this case, in their order."""
        yield from self._of_none.get(table.name, ())
        yield from (one for one in self._of_case.get(case_id, ()) if one.table is table)

    def new_rows(self, table: Table) -> list[Mapping[str, Any]]:
        """The new rows of cases in a table."""
        return self._new_rows.get(table.name, [])
