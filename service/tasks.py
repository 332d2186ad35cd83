"""A task: what a person must look at, with the reason."""

from __future__ import annotations

from typing import Any, Final

from cases.lifecycle import Event
from service.wiring import Happening
from storage import tables
from storage.book import Insert, Update
from storage.records import Task

# what the customer chose acts, and somebody has to carry it out.
CHOICES: Final = (Event.OPTION_CHOSEN, Event.PROPOSAL_ACCEPTED, Event.PROPOSAL_REFUSED)


def tell_choice(h: Happening, case_id: int, event: Event, phrase: str, message_id: int) -> None:
    """A task with the customer's choice, if this was one."""
    if event in CHOICES:
        said = f"the customer wrote: {phrase}"
        open_task(h, case_id, event.value, said, message_id=message_id)


def end_task(h: Happening, task: Task, how: str, why: str) -> None:
    """What happened ends the task that asked for it."""
    values = {"resolved_at": h.at, "resolved_by": h.actor, "resolution": how, "why": why}
    h.record(task.case_id, "task_resolved", Update(tables.tasks, task.id, values))


def open_task(
    h: Happening,
    case_id: int | None,
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
