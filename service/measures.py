"""Measures: what is to be done, by whom, until when, and that it was done (R-26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from service.wiring import Happening, Wiring
from storage import casefile, tables
from storage import records as stored
from storage.book import Insert, Update
from storage.evidence import Raw, raw

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
_FARTHEST_YEARS: Final = 20
_NOT_THE_LAST: Final = "another measure was added"


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as it is agreed."""

    kind: str
    text: str
    owner: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that shows that a measure was done."""

    name: str
    content_type: str
    raw: Raw

    def row(self, file_id: int, measure: stored.Measure) -> dict[str, Any]:
        """As it is stored with the measure."""
        return {
            "id": file_id,
            "case_id": measure.case_id,
            "measure_id": measure.id,
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.raw.data),
            "sha256": self.raw.sha256,
        }


def add_measure(h: Happening, number: str, measure: Measure) -> int:
    """Add a measure to a case; return its id. The owner is a user."""
    if measure.kind not in KINDS:
        raise BadInput(
            f"{measure.kind} is not a kind of measure", mend=f"one of {', '.join(KINDS)}"
        )
    if not measure.text.strip():
        raise BadInput("a measure needs a text", mend="say what is to be done")
    _check_day(h, measure.due_on)
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
    tell_owner(h, case, stored.Measure.of_values(row), f"measure:{row['id']}")
    if measure.kind in _STARTED:
        tell_status(h, case, "measures_started")
    if measure.kind in _CONFIRMED:
        # R-4 counts from the last one done, and this one is not.
        cancel_these(h, running(h, case.id, ["measures"]), f"measure:{row['id']}", _NOT_THE_LAST)
    return int(row["id"])


def measure_done(h: Happening, measure_id: int, evidence: str, files: Sequence[Shown] = ()) -> str:
    """Note that a measure was done, by whom, and what shows it: words, files or both.

    By its owner or by somebody who may change measures; returns the case's number. The files must
    be prepared (`prepared`).
    """
    if not evidence.strip() and not files:
        raise BadInput("a measure that is done needs its evidence", mend="--evidence TEXT")
    measure = _held(h, measure_id)
    _may_end(h, measure)
    said = evidence.strip() or "see the files"
    values = {"done_at": h.at, "done_by": h.actor, "evidence": said, "strikes_at": None}
    h.wiring.evidence.keep(h.book.tx, [one.raw for one in files], h.at)
    rows = (Insert(tables.measure_files, one.row(h.new_id(), measure)) for one in files)
    h.record(measure.case_id, "measure_done", Update(tables.measures, measure_id, values), *rows)
    look_soon(h, measure.case_id)
    case = casefile.by_id(h.book.tx, measure.case_id)
    if measure.kind == "containment":
        contained(h, case, f"measure:{measure_id}")
    elif measure.kind in _CONFIRMED and _all_done(h, case.id):
        start_clock(h, case, "measures", h.at)
    return case.number


def move_measure(
    h: Happening, measure_id: int, why: str, *, due_on: date | None = None, owner: str = ""
) -> str:
    """Give a measure another date, another owner or both, with the reason; the case's number.

    The owner is told. Another date is a new promise: it warns and is escalated anew.
    """
    if not why.strip():
        raise BadInput("to move a measure needs a reason", mend="--why TEXT")
    measure = _held(h, measure_id)
    values: dict[str, Any] = {}
    if due_on is not None and due_on != measure.due_on:
        _check_day(h, due_on)
        values |= {"due_on": due_on, **first_look(h.wiring, due_on, h.at), "breached_at": None}
    if owner and owner != measure.owner:
        values["owner"] = acting(h.book.tx, owner, "own_measure").name
    if not values:
        raise BadInput(
            f"measure {measure_id} is due then and belongs to {measure.owner} already",
            mend="say another date or owner",
        )
    values["moved_why"] = why.strip()
    h.record(measure.case_id, "measure_moved", Update(tables.measures, measure_id, values))
    case = casefile.by_id(h.book.tx, measure.case_id)
    after = replace(
        measure,
        owner=values.get("owner", measure.owner),
        due_on=values.get("due_on", measure.due_on),
    )
    tell_owner(h, case, after, f"measure:{measure_id}:{h.new_id()}")
    return case.number


def prepared(w: Wiring, files: Iterable[tuple[str, str, bytes]]) -> tuple[Shown, ...]:
    """Files (name, type, bytes) as evidence, durable; before the transaction that names them."""
    found = tuple(Shown(name, kind, raw(data)) for name, kind, data in files)
    w.evidence.prepare([one.raw for one in found])
    return found


def _check_day(h: Happening, due_on: date) -> None:
    if abs(due_on.year - h.at.year) > _FARTHEST_YEARS:
        raise BadInput(f"a measure cannot be due on {due_on}", mend="write a day as in 2026-12-31")


def _held(h: Happening, measure_id: int) -> stored.Measure:
    """The measure, to be changed: its case is held, and it is not done yet."""
    h.book.lock([casefile.measure(h.book.tx, measure_id).case_id])
    measure = casefile.measure(h.book.tx, measure_id)
    if measure.done_at is not None:
        raise BadInput(f"measure {measure_id} was done already, by {measure.done_by}")
    return measure


def _may_end(h: Happening, measure: stored.Measure) -> None:
    """An owner needs no other right than to own it (R-26)."""
    name = h.actor.removeprefix("user:")
    if name != measure.owner:
        acting(h.book.tx, name, "measure")


def _all_done(h: Happening, case_id: int) -> bool:
    h.book.flush()
    every = casefile.measures(h.book.tx, case_id)
    return all(one.done_at for one in every if one.kind in _CONFIRMED)
