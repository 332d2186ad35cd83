"""Dates promised to the customer, and what moved each (R-15): out of the history of the case."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from storage import tables

_KINDS: Final = ("clock_started", "clock_moved")


def dates(connection: Connection, case_id: int) -> dict[str, list[dict[str, Any]]]:
    """By the clock's id: each date in the order in which it was promised, with its letter.

    A payload that was erased tells no date any more; the clock still knows the last one.
    """
    history, payloads = tables.history, tables.history_payloads
    rows = connection.execute(
        select(history.c.at, payloads.c.payload)
        .join(
            payloads,
            and_(payloads.c.case_id == history.c.case_id, payloads.c.seq == history.c.seq),
        )
        .where(
            history.c.case_id == case_id,
            history.c.kind.in_(_KINDS),
            payloads.c.payload.is_not(None),
        )
        .order_by(history.c.seq)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        for change in json.loads(row.payload):
            values = change["values"]
            clock = change.get("id", values.get("id"))
            if change.get("insert", change.get("update")) == "clocks" and values.get("letter_id"):
                told = {"due_at": values["due_at"], "letter_id": str(values["letter_id"])}
                found.setdefault(str(clock), []).append({**told, "at": row.at.isoformat()})
    return found
