"""What became of cases that may be one problem (R-30): for people, and for counting (R-43)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from cases.lifecycle import State
from storage import tables
from storage.changes import plain

_NOT_COUNTED: Final = (State.DISMISSED.value, State.MERGED.value)
_SHOWN: Final = ("open", "linked", "dismissed")


def shown(
    connection: Connection, case_id: int, states: Sequence[str] = _SHOWN
) -> list[dict[str, Any]]:
    """The hints of a case, the open and likeliest first. `other` is the number of the other case,
    `again` whether this case is the later one of the two."""
    table, cases = tables.recurrences, tables.cases
    here = or_(table.c.case_id == case_id, table.c.earlier_id == case_id)
    found = connection.execute(
        select(table, cases.c.number, cases.c.subject, cases.c.state.label("other_state"))
        .join(cases, cases.c.id.in_((table.c.case_id, table.c.earlier_id)))
        .where(here, cases.c.id != case_id, table.c.state.in_(states))
    )
    rows = sorted(found, key=lambda row: (_SHOWN.index(row.state), -row.score, -row.id))
    names = ("state", "score", "reason", "found_at", "decided_at", "decided_by", "why")
    return [
        {
            "other": row.number,
            "again": row.case_id == case_id,
            **{name: plain(row._mapping[name]) for name in names},
            "subject": row.subject,
            "other_state": row.other_state,
        }
        for row in rows
    ]


def counted(connection: Connection, since: datetime, until: datetime) -> int:
    """How many of the cases that came then, and count, were linked to an earlier one (R-43)."""
    table, cases = tables.recurrences, tables.cases
    found: int = connection.execute(
        select(func.count(table.c.case_id.distinct()))
        .join(cases, cases.c.id == table.c.case_id)
        .where(
            table.c.state == "linked",
            cases.c.arrived_at >= since,
            cases.c.arrived_at < until,
            cases.c.state.not_in(_NOT_COUNTED),
        )
    ).scalar_one()
    return found
