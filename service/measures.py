"""Measures: what is to be done, by whom, until when, and that it was done (R-26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cases.errors import BadInput
from service.people import acting
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Insert, Update

KINDS: Final = (
    "containment",
    "correction",
    "root_cause_analysis",
    "corrective",
    "preventive",
    "standardisation",
    "effectiveness_check",
    "training",
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as it is agreed."""

    kind: str
    text: str
    owner: str
    due_on: date


def add_measure(h: Happening, number: str, measure: Measure) -> int:
    """Add a measure to a case; return its id. The owner is a user."""
    if measure.kind not in KINDS:
        raise BadInput(
            f"{measure.kind} is not a kind of measure", mend=f"one of {', '.join(KINDS)}"
        )
    if not measure.text.strip():
        raise BadInput("a measure needs a text", mend="say what is to be done")
    acting(h.book.tx, measure.owner, "own_measure")
    case = casefile.locked(h.book, number)
    row: dict[str, Any] = {
        "id": h.new_id(),
        "case_id": case.id,
        "kind": measure.kind,
        "text": measure.text.strip(),
        "owner": measure.owner,
        "due_on": measure.due_on,
        "created_at": h.at,
    }
    h.record(case.id, "measure_added", Insert(tables.measures, row))
    return int(row["id"])


def measure_done(h: Happening, measure_id: int, evidence: str) -> str:
    """Note that a measure was done, by whom, and what shows it; return the case's number."""
    if not evidence.strip():
        raise BadInput("a measure that is done needs its evidence", mend="--evidence TEXT")
    h.book.lock([casefile.measure(h.book.tx, measure_id).case_id])
    measure = casefile.measure(h.book.tx, measure_id)
    if measure.done_at is not None:
        raise BadInput(f"measure {measure_id} was done already, by {measure.done_by}")
    values = {"done_at": h.at, "done_by": h.actor, "evidence": evidence.strip()}
    h.record(measure.case_id, "measure_done", Update(tables.measures, measure_id, values))
    return casefile.by_id(h.book.tx, measure.case_id).number
