"""A task ends in one act: what was suggested is done, or a person says why nothing is (R-14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cases.errors import BadInput
from service.acknowledging import acknowledge
from service.clocks import running, stop_these
from service.deciding import Decision, decide
from service.found_later import FACTS_FOUND, fill_in
from service.own_system import OWN_SYSTEM, checked_off
from service.passing_on import book_clock
from service.sorting import dismiss, link, merge, register_for, split
from service.tasks import CHOICES
from service.wiring import Happening
from storage import casefile, mailbox_ledger, tables
from storage.book import Update
from storage.records import Task


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task is to end. `case`, `address` and `option` only where the way asks for them."""

    way: str
    why: str
    case: str = ""
    address: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """What the way does, and which field of `Ending` it cannot do without."""

    act: Callable[[Happening, Task, str, Ending], None]
    needs: str = ""


def _nothing(h: Happening, task: Task, number: str, ending: Ending) -> None:
    """Only the reason is kept."""


def _no_answer(h: Happening, task: Task, number: str, ending: Ending) -> None:
    """R-14: a person says, with a reason, that the mail needs no answer."""
    owed = [
        one for one in running(h, task.case_id, ["answer"]) if one.message_id == task.message_id
    ]
    stop_these(h, owed, f"task:{task.id}", f"no answer needed: {ending.why}")


def _link(h: Happening, task: Task, number: str, ending: Ending) -> None:
    """A case that was opened for a mail of another case goes on there; a mail moves there."""
    if task.kind == "link_suggested":
        merge(h, number, ending.case, ending.why)
    else:
        link(h, _mail_of(task), ending.case)


def _new_case(h: Happening, task: Task, number: str, ending: Ending) -> None:
    split(h, _mail_of(task))


def _register_for(h: Happening, task: Task, number: str, ending: Ending) -> None:
    register_for(h, number, ending.address)


def _acknowledge(h: Happening, task: Task, number: str, ending: Ending) -> None:
    acknowledge(h, number, task.message_id)


def _kept_promise(h: Happening, task: Task, number: str, ending: Ending) -> None:
    book_clock(h, _mail_of(task), task.case_id, ending.option)


def _checked_off(h: Happening, task: Task, number: str, ending: Ending) -> None:
    checked_off(h, number, ending.option)


def _fill_in(h: Happening, task: Task, number: str, ending: Ending) -> None:
    fill_in(h, task, number)


def _dismiss_case(h: Happening, task: Task, number: str, ending: Ending) -> None:
    dismiss(h, number, ending.why)


def _decision(kind: str) -> Callable[[Happening, Task, str, Ending], None]:
    def enter(h: Happening, task: Task, number: str, ending: Ending) -> None:
        decide(h, number, Decision(kind, ending.why, ending.option or None))

    return enter


WAYS: Final[Mapping[str, Way]] = {
    "done": Way(_nothing),
    "dismiss": Way(_nothing),
    "no_answer_needed": Way(_no_answer),
    "link": Way(_link, needs="case"),
    "new_case": Way(_new_case),
    "acknowledge": Way(_acknowledge),
    "register_for": Way(_register_for, needs="address"),
    "dismiss_case": Way(_dismiss_case),
    "kept_promise": Way(_kept_promise),
    "fill_in": Way(_fill_in),
    "checked_off": Way(_checked_off),
    "approve": Way(_decision("approve")),
    "reject": Way(_decision("reject")),
    "choose": Way(_decision("choose"), needs="option"),
    "withdraw": Way(_decision("withdraw")),
}
# Which ways fit which task; the first is what a person most likely wants. Others: done, dismiss.
_FITTING: Final[Mapping[str, tuple[str, ...]]] = {
    "read_reply": (
        "approve",
        "reject",
        "choose",
        "withdraw",
        "no_answer_needed",
        "new_case",
        "link",
        "done",
    ),
    "disputed_closing": ("reject", "approve", "done"),
    "third_party_mail": ("no_answer_needed", "new_case", "done"),
    "link_suggested": ("link", "dismiss"),
    "acknowledgment_withheld": ("acknowledge", "register_for", "dismiss_case", "done"),
    "unreadable_mail": ("register_for", "dismiss_case", "done"),
    "mail_read_again": ("done", "register_for", "link", "dismiss_case"),
    "registered_anew": ("done",),
    FACTS_FOUND: ("fill_in", "dismiss"),
    **{kind.value: ("done", "no_answer_needed", "dismiss") for kind in CHOICES},
    "colleague_wrote": ("kept_promise", "done"),
    OWN_SYSTEM: ("checked_off", "dismiss"),
}


def fitting(kind: str) -> tuple[str, ...]:
    """The ways in which a task of this kind can end."""
    return _FITTING.get(kind, ("done", "dismiss"))


_NAMED: Final = {"case": "a case", "address": "an address", "option": "an option"}
_OPTION: Final = {"case": "--case NUMBER", "address": "--for ADDRESS", "option": "--option LETTER"}


def resolve(h: Happening, task_id: int, ending: Ending) -> None:
    """Do what the way says and end the task with it, in one transaction."""
    task = casefile.task(h.book.tx, task_id)
    if mailbox_ledger.is_about_mailbox(h.book.tx, task_id):
        _check(task, ending)
        mailbox_ledger.end_task(h.book.tx, task_id, h.at, h.actor, ending.way, ending.why)
        return
    h.book.lock([task.case_id])
    task = casefile.task(h.book.tx, task_id)
    _check(task, ending)
    number = casefile.by_id(h.book.tx, task.case_id).number
    values = {
        "resolved_at": h.at,
        "resolved_by": h.actor,
        "resolution": ending.way,
        "why": ending.why,
    }
    h.record(task.case_id, "task_resolved", Update(tables.tasks, task_id, values))
    h.book.flush()  # so that the act finds this task ended
    WAYS[ending.way].act(h, task, number, ending)


def _check(task: Task, ending: Ending) -> None:
    if task.resolved_at is not None:
        raise BadInput(f"task {task.id} was ended by {task.resolved_by} as {task.resolution}")
    ways = fitting(task.kind)
    if ending.way not in ways:
        raise BadInput(
            f"a task {task.kind} cannot end as {ending.way}", mend=f"use one of {', '.join(ways)}"
        )
    if not ending.why.strip():
        raise BadInput("ending a task needs a reason", mend="--why TEXT")
    needs = WAYS[ending.way].needs
    if needs and not getattr(ending, needs).strip():
        raise BadInput(f"{ending.way} needs {_NAMED[needs]}", mend=_OPTION[needs])


def _mail_of(task: Task) -> int:
    if task.message_id is None:
        raise BadInput(f"task {task.id} is about no mail", mend="choose another way")
    return task.message_id
