"""The steps a case can take (R-21), as one table. `docs/lifecycle.md` is printed from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from cases.errors import IllegalStep


class State(StrEnum):
    """Where a case stands."""

    REGISTERED = "registered"
    ANALYSIS = "analysis"
    SOLUTION_PROPOSED = "solution_proposed"
    IN_PROGRESS = "in_progress"
    AWAITING_APPROVAL = "awaiting_approval"
    CLOSED = "closed"
    RE_REGISTERED = "re_registered"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"
    MERGED = "merged"


class Event(StrEnum):
    """What happened to a case. "Sent" means: accepted by the SMTP server."""

    ANALYSIS_STARTED = "analysis_started"
    PROPOSAL_SENT = "proposal_sent"
    PROPOSAL_REFUSED = "proposal_refused"
    PROPOSAL_QUESTIONED = "proposal_questioned"  # the question re-opens it
    PROPOSAL_ACCEPTED = "proposal_accepted"
    OPTION_CHOSEN = "option_chosen"
    WORK_STARTED = "work_started"
    RESULTS_SENT = "results_sent"
    APPROVED = "approved"
    REJECTED = "rejected"
    MORE_ASKED = "more_asked"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"
    MERGED = "merged"
    CLOSING_UNDONE = "closing_undone"  # an objection, where nothing but the default closed it
    REOPENED = "reopened"
    MERGE_UNDONE = "merge_undone"


@dataclass(frozen=True)
class PromiseLetter:
    """A letter made from `template` must leave."""

    template: str

    def __str__(self) -> str:
        return f"letter {self.template}"


@dataclass(frozen=True)
class StartClock:
    """The clock `name` of `cases/clocks.py` must start."""

    name: str

    def __str__(self) -> str:
        return f"start the clock {self.name}"


@dataclass(frozen=True)
class CancelClocks:
    """The open clocks of the case end, neither kept nor missed (R-7)."""

    def __str__(self) -> str:
        return "cancel the open clocks"


@dataclass(frozen=True)
class RegisterAnew:
    """R-28: a new case, linked to this one, must be registered, with fresh clocks."""

    def __str__(self) -> str:
        return "register a new case"


@dataclass(frozen=True)
class OpenTask:
    """A person must do something of this `kind`."""

    kind: str

    def __str__(self) -> str:
        return f"task {self.kind}"


Effect = PromiseLetter | StartClock | CancelClocks | RegisterAnew | OpenTask
Rejection = Literal["new_case", "same_case"]


@dataclass(frozen=True)
class Standing:
    """All that the lifecycle knows of a case; `rejection` is the company's way (R-28)."""

    state: State
    round: int = 1
    measures_confirmed: bool = False
    within_reopen_days: bool = False
    closed_by_default: bool = False  # on the default authority alone (design.md, Authority)
    rejection: Rejection = "new_case"
    before_merge: State | None = None


@dataclass(frozen=True)
class Step:
    """The case after an event, and what must now happen because of it."""

    state: State
    round: int
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class Guard:
    """A condition of a step, with the words that say it."""

    holds: Callable[[Standing], bool]
    only: str


OPEN_STATES = frozenset(
    {
        State.REGISTERED,
        State.ANALYSIS,
        State.SOLUTION_PROPOSED,
        State.IN_PROGRESS,
        State.AWAITING_APPROVAL,
    }
)
CLOSED_STATES = frozenset(State) - OPEN_STATES

STEPS: Mapping[tuple[State, Event], State] = {
    (State.REGISTERED, Event.ANALYSIS_STARTED): State.ANALYSIS,
    (State.REGISTERED, Event.PROPOSAL_SENT): State.SOLUTION_PROPOSED,
    (State.REGISTERED, Event.WORK_STARTED): State.IN_PROGRESS,
    (State.ANALYSIS, Event.PROPOSAL_SENT): State.SOLUTION_PROPOSED,
    (State.ANALYSIS, Event.WORK_STARTED): State.IN_PROGRESS,
    (State.ANALYSIS, Event.RESULTS_SENT): State.AWAITING_APPROVAL,
    (State.SOLUTION_PROPOSED, Event.PROPOSAL_SENT): State.SOLUTION_PROPOSED,
    (State.SOLUTION_PROPOSED, Event.PROPOSAL_REFUSED): State.ANALYSIS,
    (State.SOLUTION_PROPOSED, Event.PROPOSAL_QUESTIONED): State.ANALYSIS,
    (State.SOLUTION_PROPOSED, Event.PROPOSAL_ACCEPTED): State.IN_PROGRESS,
    (State.SOLUTION_PROPOSED, Event.OPTION_CHOSEN): State.IN_PROGRESS,
    (State.SOLUTION_PROPOSED, Event.RESULTS_SENT): State.AWAITING_APPROVAL,
    (State.IN_PROGRESS, Event.PROPOSAL_SENT): State.SOLUTION_PROPOSED,
    (State.IN_PROGRESS, Event.RESULTS_SENT): State.AWAITING_APPROVAL,
    (State.IN_PROGRESS, Event.REJECTED): State.RE_REGISTERED,
    (State.AWAITING_APPROVAL, Event.APPROVED): State.CLOSED,
    (State.AWAITING_APPROVAL, Event.REJECTED): State.RE_REGISTERED,
    (State.AWAITING_APPROVAL, Event.MORE_ASKED): State.IN_PROGRESS,
    (State.CLOSED, Event.REJECTED): State.RE_REGISTERED,
    (State.CLOSED, Event.CLOSING_UNDONE): State.AWAITING_APPROVAL,
    **{(state, Event.WITHDRAWN): State.WITHDRAWN for state in State if state in OPEN_STATES},
    **{(state, Event.DISMISSED): State.DISMISSED for state in State if state in OPEN_STATES},
    **{(state, Event.MERGED): State.MERGED for state in State if state in OPEN_STATES},
    (State.WITHDRAWN, Event.REOPENED): State.ANALYSIS,
    (State.DISMISSED, Event.REOPENED): State.ANALYSIS,
}
# The one step whose end is not fixed: it leads back to the state before the merge.
UNDO = (State.MERGED, Event.MERGE_UNDONE)

GUARDS: Mapping[tuple[State, Event], Guard] = {
    (State.IN_PROGRESS, Event.REJECTED): Guard(
        lambda case: case.measures_confirmed, "after measures were confirmed"
    ),
    (State.CLOSED, Event.REJECTED): Guard(
        lambda case: case.within_reopen_days, "within reopen_days"
    ),
    (State.CLOSED, Event.CLOSING_UNDONE): Guard(
        lambda case: case.within_reopen_days and case.closed_by_default,
        "within reopen_days, and if it was closed on the default authority alone",
    ),
    UNDO: Guard(lambda case: case.before_merge in OPEN_STATES, "if the state before is known"),
}

EFFECTS: Mapping[Event, tuple[Effect, ...]] = {
    Event.APPROVED: (PromiseLetter("closing"), CancelClocks()),
    Event.REJECTED: (RegisterAnew(), CancelClocks()),
    Event.CLOSING_UNDONE: (PromiseLetter("reopened"),),
    Event.WITHDRAWN: (PromiseLetter("withdrawn"), CancelClocks()),
    Event.DISMISSED: (CancelClocks(),),
    Event.MERGED: (CancelClocks(),),
}


def step(standing: Standing, event: Event) -> Step:
    """Return the case after `event` and its effects; IllegalStep if R-21 has no such step."""
    key = (standing.state, event)
    guard = GUARDS.get(key)
    held = guard is None or guard.holds(standing)
    after = standing.before_merge if key == UNDO else STEPS.get(key)
    if after is None or not held:
        raise IllegalStep(_refusal(standing, event, guard), mend=_instead(standing))
    if event is Event.REJECTED and standing.rejection == "same_case":
        # the company goes on in the same case, in the next round, with a fresh clock.
        return Step(
            State.ANALYSIS,
            standing.round + 1,
            (PromiseLetter("reopened"), OpenTask("rejected"), StartClock("proposal")),
        )
    return Step(after, standing.round, EFFECTS.get(event, ()))


def possible(standing: Standing) -> tuple[Event, ...]:
    """Return the events that are a step from here, in the order of the enum."""
    keys = ((standing.state, event) for event in Event)
    return tuple(
        event
        for state, event in keys
        if (state, event) in STEPS or (state, event) == UNDO
        if (state, event) not in GUARDS or GUARDS[state, event].holds(standing)
    )


def _refusal(standing: Standing, event: Event, guard: Guard | None) -> str:
    what = f"a case that is {standing.state} cannot take the step {event}"
    return what if guard is None else f"{what}: only {guard.only}"


def _instead(standing: Standing) -> str:
    events = ", ".join(possible(standing))
    return f"possible now: {events}" if events else "no step leads on from here"
