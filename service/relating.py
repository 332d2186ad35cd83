"""Cases that have to do with each other know it, both of them."""

from __future__ import annotations

from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case


def relate(h: Happening, new: Case, old: Case, message_id: int | None) -> None:
    """A complaint that came as an answer to `old` is the case `new`."""
    for case, other, kind in ((new, old, "answer_to"), (old, new, "answered_by")):
        row = {
            "id": h.new_id(),
            "case_id": case.id,
            "other_id": other.id,
            "kind": kind,
            "message_id": message_id,
        }
        h.record(case.id, "related", Insert(tables.related_cases, row))
