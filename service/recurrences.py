"""A manager says that a case is an earlier one again, or that it is not (R-30)."""

from __future__ import annotations

from typing import Any

from cases.errors import BadInput
from service.wiring import Happening
from storage import casefile, comparing, tables
from storage.book import Insert, Update
from storage.records import Case


def link_recurrence(h: Happening, number: str, other: str, why: str = "") -> None:
    """The later of the two is a recurrence of the earlier one, whoever noticed it."""
    _decide(h, number, other, "linked", why)


def dismiss_recurrence(h: Happening, number: str, other: str, why: str = "") -> None:
    """The two are not the same problem; this hint does not come again."""
    _decide(h, number, other, "dismissed", why)


def were_split(h: Happening, new: Case, origin_id: int | None) -> None:
    """One mail told of two problems: they are not each other's recurrence."""
    if origin_id is None or origin_id == new.id:
        return
    later, earlier = max(new.id, origin_id), min(new.id, origin_id)
    h.book.lock([later])
    row = _row(h, later, earlier, "apart", f"split by {h.actor}", "one mail told of both")
    h.record(later, "split_apart", row)


def _decide(h: Happening, number: str, other: str, state: str, why: str) -> None:
    one, two = casefile.by_number(h.book.tx, number), casefile.by_number(h.book.tx, other)
    if one.id == two.id:
        raise BadInput(f"{one.number} cannot be a recurrence of itself", mend="name another case")
    earlier, later = sorted((one, two), key=lambda case: (case.arrived_at, case.id))
    h.book.lock([one.id, two.id])
    held = _held(h, one.id, two.id)
    if held is None and state == "dismissed":
        raise BadInput(
            f"there is no hint that {later.number} is {earlier.number} again",
            mend=f"see `amends case recurrences {later.number}`",
        )
    if held is None:
        row = _row(h, later.id, earlier.id, state, "a person saw it", why)
        h.record(later.id, "recurrence_linked", row)
        return
    if held["state"] == state:
        raise BadInput(f"this was {state} already, by {held['decided_by']}")
    values = {"state": state, "decided_at": h.at, "decided_by": h.actor, "why": why.strip() or None}
    kind = f"recurrence_{state}"
    h.record(held["case_id"], kind, Update(tables.recurrences, held["id"], values))


def _held(h: Happening, one: int, two: int) -> dict[str, Any] | None:
    rows = comparing.between(h.book.tx, one)
    return next((row for row in rows if two in (row["case_id"], row["earlier_id"])), None)


def _row(h: Happening, later: int, earlier: int, state: str, reason: str, why: str) -> Insert:
    return Insert(
        tables.recurrences,
        {
            "id": h.new_id(),
            "case_id": later,
            "earlier_id": earlier,
            "score": 100,
            "reason": reason,
            "state": state,
            "found_at": h.at,
            "decided_at": h.at,
            "decided_by": h.actor,
            "why": why.strip() or None,
        },
    )
