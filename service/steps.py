"""A case takes a step of the lifecycle (R-21), and what must happen because of it happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cases.lifecycle import (
    CancelClocks,
    Effect,
    Event,
    OpenTask,
    PromiseLetter,
    RegisterAnew,
    Standing,
    StartClock,
    State,
    step,
)
from service.authority import DEFAULTS
from service.by_themselves import held_if_agreed, is_wanted
from service.clocks import cancel_these, running, start_clock
from service.letters import promise
from service.look_soon import look_soon
from service.objecting import tell_objection
from service.opening import Opening, open_case
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import answers, casefile, people, tables
from storage.book import Update
from storage.records import Case


@dataclass(frozen=True, slots=True)
class Because:
    """What made the step: a mail (by its row) and when it arrived, or a person's act."""

    arrived_at: datetime
    message_id: int | None
    reason: str


def standing(w: Wiring, case: Case, at: datetime, *, closed_by_default: bool = False) -> Standing:
    """What the lifecycle needs to know about the case."""
    company = w.settings.company
    within = timedelta(days=company.reopen_days)
    return Standing(
        State(case.state),
        case.round,
        measures_confirmed=case.measures_confirmed_at is not None,
        within_reopen_days=case.closed_at is not None and at - case.closed_at <= within,
        closed_by_default=closed_by_default,
        rejection=company.rejection,
        before_merge=State(case.state_before_merge) if case.state_before_merge else None,
    )


def take_step(h: Happening, case: Case, event: Event, because: Because) -> Case:
    """Change the state as the table says and carry out its effects. IllegalStep changes nothing."""
    h.book.flush()  # what the effects look up may have been written just now
    by_default = event is Event.CLOSING_UNDONE and _rests_on_default(h, case)
    after = step(standing(h.wiring, case, h.at, closed_by_default=by_default), event)
    values: dict[str, Any] = {"state": after.state.value, "round": after.round}
    if after.state is State.CLOSED:
        values["closed_at"] = h.at
    h.record(case.id, event.value, Update(tables.cases, case.id, values))
    look_soon(h, case.id)
    stepped = replace(case, **values)
    for effect in after.effects:
        stepped = _carry_out(h, stepped, effect, event, because)
    return stepped


def _rests_on_default(h: Happening, case: Case) -> bool:
    """design.md, "Authority": nothing but the address and the token said who approved."""
    closing = answers.closed_by(h.book.tx, case.id)
    return closing is not None and closing.authority in DEFAULTS


def _carry_out(h: Happening, case: Case, effect: Effect, event: Event, because: Because) -> Case:
    match effect:
        case PromiseLetter(template):
            if case.contact_id is not None and is_wanted(h, case, template):
                contact = people.contact(h.book.tx, case.contact_id)
                by = held_if_agreed(h, case)
                facts = {"closing_undone": True} if event is Event.CLOSING_UNDONE else None
                promise(by, case, contact, template, answers=because.message_id, facts=facts)
        case CancelClocks():
            cancel_these(h, running(h, case.id), f"step:{event.value}")
        case RegisterAnew():
            return _register_anew(h, case, because)
        case OpenTask(kind):
            open_task(h, case.id, kind, because.reason)
            tell_objection(h, case, "next_round", because.reason, because.message_id)
        case StartClock(name):
            if not running(h, case.id, [name]):
                start_clock(h, case, name, because.arrived_at)
    return case


def _register_anew(h: Happening, case: Case, because: Because) -> Case:
    """R-28: a new case linked to the old one, fresh clocks, and a letter that names both."""
    contact = people.contact(h.book.tx, case.contact_id) if case.contact_id else None
    new = open_case(
        held_if_agreed(h, case),
        Opening(
            mailbox=case.mailbox,
            subject=case.subject,
            language=case.language,
            arrived_at=because.arrived_at,
            contact=contact,
            letter="registered_anew",
            message_id=because.message_id,
            predecessor=case,
            lines=casefile.lines(h.book.tx, case.id),
        ),
    )
    open_task(h, new.id, "registered_anew", f"{case.number} was rejected: {because.reason}")
    tell_objection(h, new, "registered_anew", because.reason, because.message_id)
    h.record(case.id, "succeeded", Update(tables.cases, case.id, {"successor_id": new.id}))
    return replace(case, successor_id=new.id)
