"""A person puts right what belongs where: link, split, merge, dismiss, register for somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from cases.errors import BadInput
from cases.lifecycle import Event
from service.clocks import again, pauses_of, rerun
from service.contacts import contact_for
from service.letters import promise
from service.opening import Opening, open_case
from service.own_system import ask_again
from service.recomputing import recompute
from service.recurrences import were_split
from service.relating import relate
from service.steps import Because, take_step
from service.wiring import Happening
from storage import casefile, people, tables
from storage.book import Enter, Insert, Leave, Update
from storage.records import Case, Clock

# Each is about a mail or a letter of its own.
_ITS_OWN: Final = frozenset({"answer", "promised_date"})


def dismiss(h: Happening, number: str, why: str) -> None:
    """End a case that is no complaint; its acknowledgment is not owed, for this reason (R-7)."""
    needs_reason(why)
    case = casefile.locked(h.book, number)
    take_step(h, case, Event.DISMISSED, Because(h.at, None, why))
    end_open_tasks(h, case.id, "dismissed", why)


def merge(h: Happening, number: str, into: str, why: str) -> None:
    """Go on in another case. That one keeps the earliest start of every clock (R-7)."""
    needs_reason(why)
    case, other = casefile.by_number(h.book.tx, number), casefile.by_number(h.book.tx, into)
    h.book.lock([case.id, other.id])
    case, other = casefile.by_id(h.book.tx, case.id), casefile.by_id(h.book.tx, other.id)
    _must_differ(h, case, other)
    _earlier_clocks(h, case, other)
    take_step(h, case, Event.MERGED, Because(h.at, None, why))
    values = {"merged_into_id": other.id, "state_before_merge": case.state}
    h.record(case.id, "merged_into", Update(tables.cases, case.id, values))
    end_open_tasks(h, case.id, "merged", why)


def _must_differ(h: Happening, case: Case, other: Case) -> None:
    end: Case | None = other
    while end is not None:
        if end.id == case.id:
            raise BadInput(f"{case.number} cannot be merged into itself", mend="name another case")
        end = casefile.by_id(h.book.tx, end.merged_into_id) if end.merged_into_id else None


def _earlier_clocks(h: Happening, case: Case, other: Case) -> None:
    every = casefile.running_clocks(h.book.tx, case.id)
    mine = {clock.name: clock for clock in every if clock.name not in _ITS_OWN}
    for theirs in casefile.running_clocks(h.book.tx, other.id):
        clock = mine.get(theirs.name)
        if clock is not None and clock.started_at < theirs.started_at:
            _take_over(h, clock, theirs)


def _take_over(h: Happening, mine: Clock, theirs: Clock) -> None:
    """The clock that goes on has the earlier start and the pauses of both. What was told of either
    is not told again (R-10), and a breach of either stays one."""
    paused = pauses_of(h, mine)
    rows = (
        {
            "id": h.new_id(),
            "clock_id": theirs.id,
            "case_id": theirs.case_id,
            "reason": one.reason,
            "paused_at": one.begin,
            "resumed_at": one.end,
        }
        for one in paused
    )
    values: dict[str, Any] = {
        "started_at": mine.started_at,
        "time": mine.time,
        "calendar": mine.calendar,
        "warns": mine.warns,
        "warned": max(mine.warned, theirs.warned),
        "breached_at": theirs.breached_at or mine.breached_at,
    }
    pauses = [Insert(tables.clock_pauses, row) for row in rows]
    h.record(theirs.case_id, "clock_moved", *pauses, Update(tables.clocks, theirs.id, values))
    after = rerun(h, replace(theirs, **values))
    if theirs.state == "paused":  # it strikes when it was resumed
        after["strikes_at"] = None
    h.record(theirs.case_id, "clock_moved", Update(tables.clocks, theirs.id, after))


def unmerge(h: Happening, number: str, why: str) -> None:
    """Undo a merge: the state before, and the clocks that the merge cancelled run on."""
    needs_reason(why)
    case = casefile.locked(h.book, number)
    take_step(h, case, Event.MERGE_UNDONE, Because(h.at, None, why))
    values = {"merged_into_id": None, "state_before_merge": None}
    h.record(case.id, "merge_undone", Update(tables.cases, case.id, values))
    for clock in casefile.clocks_ended_by(h.book.tx, case.id, "cancelled", "step:merged"):
        change = Update(tables.clocks, clock.id, again(h, clock))
        h.record(case.id, "clock_resumed", change)
    recompute(h, case.id, "the merge was undone")  # terms may have changed in between


def link(h: Happening, message_id: int, number: str) -> None:
    """A mail that was set aside, or is in another case, belongs to this case."""
    move_message(h, message_id, casefile.by_number(h.book.tx, number))


def split(h: Happening, message_id: int) -> str:
    """A mail is a complaint of its own: a new case with its own clock; return its number."""
    message = casefile.message(h.book.tx, message_id)
    if message["direction"] != "in":
        raise BadInput(f"message {message_id} is a letter of ours", mend="name a customer's mail")
    contact = people.contact_by_address(h.book.tx, message["from_address"] or "")
    case = open_case(
        h,
        Opening(
            mailbox=message["mailbox"],
            subject=message["subject"],
            language=h.wiring.language_of(
                message["mailbox"], contact.language if contact else None, message["language"]
            ),
            arrived_at=message["arrived_at"],
            contact=contact,
            letter="acknowledgment",
            message_id=message_id,
        ),
    )
    h.book.flush()
    if message["case_id"] is not None:
        relate(h, case, casefile.by_id(h.book.tx, message["case_id"]), message_id)
    move_message(h, message_id, case)
    were_split(h, case, message["case_id"])
    return case.number


def register_for(h: Happening, number: str, address: str) -> None:
    """The case is this customer's, whoever sent the mail (R-31, R-33); they get the letters."""
    case = casefile.locked(h.book, number)
    contact = contact_for(h, address, "")
    values = {"contact_id": contact.id, "customer_id": contact.customer_id}
    h.record(case.id, "registered_for", Update(tables.cases, case.id, values))
    ask_again(h, case.id)
    recompute(h, case.id, f"the case is one of {contact.address}")  # by that customer's terms
    running = {clock.name for clock in casefile.running_clocks(h.book.tx, case.id)}
    if "acknowledgment" in running and not casefile.letter_templates(h.book.tx, case.id):
        # R-1 still runs, and now there is somebody to acknowledge to.
        promise(h, case, contact, "acknowledgment", answers=None)


def move_message(h: Happening, message_id: int, case: Case) -> None:
    """The message and its attachments leave where they are and enter `case`."""
    message = casefile.message(h.book.tx, message_id)
    before = message["case_id"]
    if before == case.id:
        raise BadInput(f"the mail is in {case.number} already")
    h.book.lock([case.id, *([before] if before else [])])
    files = casefile.attachments(h.book.tx, message_id)
    entering = [Enter(tables.messages, {**message, "case_id": case.id})]
    entering += [Enter(tables.attachments, {**one, "case_id": case.id}) for one in files]
    if before is not None:
        leaving = [Leave(tables.messages, message_id)]
        leaving += [Leave(tables.attachments, one["id"]) for one in files]
        h.record(before, "message_left", *leaving)
    h.record(case.id, "message_entered", *entering)
    if case.customer_id is not None:
        if message["message_id"]:
            # What answers this very mail follows it; what else its thread names stays where it is.
            casefile.point_thread(h.book.tx, case.customer_id, message["message_id"], case.id)
        ids = [
            *([message["message_id"]] if message["message_id"] else []),
            *message["reference_ids"],
        ]
        h.book.unless_there(
            *(
                Insert(
                    tables.thread_keys,
                    {"customer_id": case.customer_id, "key": key, "case_id": case.id},
                )
                for key in dict.fromkeys(ids)
            )
        )


def end_open_tasks(h: Happening, case_id: int, how: str, why: str) -> None:
    """What a person did ends the tasks that asked for it."""
    values = {"resolved_at": h.at, "resolved_by": h.actor, "resolution": how, "why": why}
    open_ones = casefile.open_tasks(h.book.tx, case_id)
    if open_ones:
        changes = (Update(tables.tasks, one.id, values) for one in open_ones)
        h.record(case_id, "tasks_resolved", *changes)


def needs_reason(why: str) -> None:
    if not why.strip():
        raise BadInput("this needs a reason", mend="--why TEXT")
