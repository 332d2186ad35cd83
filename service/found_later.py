"""A later mail names facts that its case lacks; one click takes them over (R-23, R-27)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from intake.facts.find import GUESSED, Facts
from service.arrived import Arrived
from service.editing import CASE_FIELDS, LINE_FIELDS
from service.found import case_values, line_values
from service.tasks import open_task
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Update
from storage.records import Case, Task

FACTS_FOUND: Final = "facts_found"


def tell_found(h: Happening, arrived: Arrived, case: Case, message_id: int) -> None:
    """A task with the facts that are new. Only where the case and the mail have one line each:
    with several nobody but a person knows which is meant."""
    facts = _told(arrived.facts)
    if not facts:
        return
    lines = h.book.rows(tables.lines, case.id)
    if len(lines) != 1 or len(facts.lines) > 1:
        return
    (row,) = h.book.rows(tables.cases, case.id)
    new = _lacking(case_values(facts), row)
    new |= _lacking(next(iter(line_values(facts)), {}), lines[0])
    if new.keys() - {"currency"}:
        found = (*facts.of_case.values(), *(fact for line in facts.lines for fact in line.values()))
        open_task(
            h,
            case.id,
            FACTS_FOUND,
            "the mail names " + ", ".join(f"{name} {value}" for name, value in new.items()),
            message_id=message_id,
            suggestion={
                "facts": new,
                "found_in": {fact.name: fact.line for fact in found if fact.name in new},
            },
        )


def _told(facts: Facts) -> Facts:
    """Without what only a first complaint lets us guess."""
    lines = ({n: f for n, f in one.items() if f.where != GUESSED} for one in facts.lines)
    return Facts(facts.of_case, tuple(one for one in lines if one))


def fill_in(h: Happening, task: Task, number: str) -> None:
    """Write what the task names where the case still lacks it; the line stays to be confirmed."""
    case = casefile.by_number(h.book.tx, number)
    suggested = task.suggestion or {}
    line = casefile.lines(h.book.tx, case.id)[0]
    for table, row, fields in (
        (tables.cases, casefile.row(h.book.tx, case.id), CASE_FIELDS),
        (tables.lines, line, LINE_FIELDS),
    ):
        values: dict[str, Any] = {
            name: Decimal(text) if fields[name] is Decimal else text
            for name, text in suggested.get("facts", {}).items()
            if name in fields and row[name] is None
        }
        if values:
            places = {name: suggested["found_in"].get(name, "") for name in values}
            values["found_in"] = {**(row["found_in"] or {}), **places}
            h.record(case.id, "facts_filled_in", Update(table, row["id"], values))


def _lacking(read: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, str]:
    return {n: str(v) for n, v in read.items() if n != "found_in" and row.get(n) is None}
