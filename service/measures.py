"""Measures: what is to be done, by whom, until when, and that it was done (R-26)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from cases.errors import BadInput
from service.clocks import cancel_these, running, start_clock
from service.kept import contained
from service.look_soon import look_soon
from service.measuring_time import first_look, tell_owner
from service.people import acting
from service.status_mails import tell_status
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Insert, Update
from storage.records import Measure as Stored

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


_CONFIRMED: Final = ("corrective", "preventive")  # to the customer, when the last is done
_STARTED: Final = ("correction", "corrective", "preventive", "standardisation")
_NOT_THE_LAST: Final = "another measure was added"


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
        **first_look(h.wiring, measure.due_on, h.at),
    }
    h.record(case.id, "measure_added", Insert(tables.measures, row))
    look_soon(h, case.id)
    tell_owner(h, case, Stored.of_values(row), f"measure:{row['id']}")
    if measure.kind in _STARTED:
        tell_status(h, case, "measures_started")
    if measure.kind in _CONFIRMED:
        # R-4 counts from the last one done, and this one is not.
        cancel_these(h, running(h, case.id, ["measures"]), f"measure:{row['id']}", _NOT_THE_LAST)
    return int(row["id"])


def change_measure(
    h: Happening, measure_id: int, *, owner: str = "", due_on: date | None = None
) -> str:
    """Give a measure another owner or date, of which the owner is told; return the case's number.

    What is not given stays. Another date is a new promise: it warns and is escalated anew.
    """
    h.book.lock([casefile.measure(h.book.tx, measure_id).case_id])
    before = casefile.measure(h.book.tx, measure_id)
    if before.done_at is not None:
        raise BadInput(f"measure {measure_id} was done already, by {before.done_by}")
    if owner:
        acting(h.book.tx, owner, "own_measure")
    after = replace(before, owner=owner or before.owner, due_on=due_on or before.due_on)
    if after == before:
        raise BadInput("nothing would change", mend="--owner USER or --due DATE")
    values: dict[str, Any] = {"owner": after.owner, "due_on": after.due_on}
    if after.due_on != before.due_on:
        values |= {**first_look(h.wiring, after.due_on, h.at), "breached_at": None}
    h.record(before.case_id, "measure_changed", Update(tables.measures, measure_id, values))
    case = casefile.by_id(h.book.tx, before.case_id)
    tell_owner(h, case, after, f"measure:{measure_id}:{h.new_id()}")
    return case.number


def measure_done(h: Happening, measure_id: int, evidence: str) -> str:
    """Note that a measure was done, by whom, and what shows it; return the case's number."""
    if not evidence.strip():
        raise BadInput("a measure that is done needs its evidence", mend="--evidence TEXT")
    h.book.lock([casefile.measure(h.book.tx, measure_id).case_id])
    measure = casefile.measure(h.book.tx, measure_id)
    if measure.done_at is not None:
        raise BadInput(f"measure {measure_id} was done already, by {measure.done_by}")
    values = {
        "done_at": h.at,
        "done_by": h.actor,
        "evidence": evidence.strip(),
        "strikes_at": None,
    }
    h.record(measure.case_id, "measure_done", Update(tables.measures, measure_id, values))
    look_soon(h, measure.case_id)
    case = casefile.by_id(h.book.tx, measure.case_id)
    if measure.kind == "containment":
        contained(h, case, f"measure:{measure_id}")
    elif measure.kind in _CONFIRMED and _all_done(h, case.id):
        start_clock(h, case, "measures", h.at)
    return case.number


def _all_done(h: Happening, case_id: int) -> bool:
    h.book.flush()
    every = casefile.measures(h.book.tx, case_id)
    return all(one.done_at for one in every if one.kind in _CONFIRMED)
