"""A task: what a person must look at, with the reason."""

from __future__ import annotations

from typing import Any

from service.wiring import Happening
from storage import tables
from storage.book import Insert


def open_task(
    h: Happening,
    case_id: int,
    kind: str,
    reason: str,
    *,
    message_id: int | None = None,
    letter_id: int | None = None,
    suggestion: dict[str, Any] | None = None,
) -> None:
    """Put a task before the case's manager."""
    row = Insert(
        tables.tasks,
        {
            "id": h.new_id(),
            "case_id": case_id,
            "message_id": message_id,
            "letter_id": letter_id,
            "kind": kind,
            "reason": reason,
            "suggestion": suggestion,
            "created_at": h.at,
        },
    )
    h.record(case_id, "task_opened", row)
