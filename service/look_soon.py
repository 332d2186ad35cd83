"""Something changed in a case: the next sweep looks whether somebody must be told."""

from __future__ import annotations

from service.wiring import Happening
from storage import tables
from storage.book import Update


def look_soon(h: Happening, case_id: int) -> None:
    """Ask for a look. The moment is the machine's own, and stands in no history."""
    h.record(None, "look", Update(tables.cases, case_id, {"look_at": h.at}))
