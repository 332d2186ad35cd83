"""R-21: every state with every event is exactly a step or an IllegalStep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cases.errors import IllegalStep
from cases.lifecycle import (
    CLOSED_STATES,
    OPEN_STATES,
    STEPS,
    UNDO,
    CancelClocks,
    Effect,
    Event,
    OpenTask,
    PromiseLetter,
    RegisterAnew,
    Standing,
    StartClock,
    State,
    Step,
    possible,
    step,
)
from cases.lifecycle_page import markdown

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"

OPEN = "registered analysis solution_proposed in_progress awaiting_approval"

# R-21, typed once more, in its order: from (several), by, to.
RULE = f"""
registered                                                 | analysis_started    | analysis
registered analysis in_progress solution_proposed          | proposal_sent       | solution_proposed
solution_proposed                                          | proposal_refused    | analysis
solution_proposed                                          | proposal_questioned | analysis
solution_proposed                                          | option_chosen       | in_progress
solution_proposed                                          | proposal_accepted   | in_progress
registered analysis                                        | work_started        | in_progress
analysis solution_proposed in_progress                     | results_sent        | awaiting_approval
awaiting_approval                                          | approved            | closed
awaiting_approval in_progress closed                       | rejected            | re_registered
awaiting_approval                                          | more_asked          | in_progress
{OPEN} | withdrawn           | withdrawn
{OPEN} | dismissed           | dismissed
{OPEN} | merged              | merged
closed                                                     | closing_undone      | awaiting_approval
withdrawn dismissed                                        | reopened            | analysis
merged                                                     | merge_undone        | solution_proposed
"""

EXPECTED = {
    (State(state), Event(by)): State(to)
    for states, by, to in (map(str.strip, line.split("|")) for line in RULE.strip().splitlines())
    for state in states.split()
}
PAIRS = [(state, event) for state in State for event in Event]


def allowed(state: State) -> Standing:
    """Return a standing in which every guard holds."""
    return Standing(
        state,
        measures_confirmed=True,
        within_reopen_days=True,
        closed_by_default=True,
        before_merge=State.SOLUTION_PROPOSED if state is State.MERGED else None,
    )


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_is_a_step_or_illegal(state: State, event: Event) -> None:
    if (state, event) in EXPECTED:
        after = step(allowed(state), event)
        assert (after.state, after.round) == (EXPECTED[state, event], 1)
    else:
        with pytest.raises(IllegalStep, match=f"is {state} cannot take the step {event}"):
            step(allowed(state), event)


def test_the_table_has_no_step_more_than_the_rule() -> None:
    assert STEPS.keys() | {UNDO} == EXPECTED.keys()


@pytest.mark.parametrize("state", State)
def test_possible_names_exactly_the_steps_that_succeed(state: State) -> None:
    bare = Standing(state)
    assert possible(allowed(state)) == tuple(e for e in Event if (state, e) in EXPECTED)
    for event in Event:
        if event in possible(bare):
            step(bare, event)
        else:
            with pytest.raises(IllegalStep):
                step(bare, event)


@pytest.mark.parametrize(
    ("standing", "event", "why"),
    [
        (
            Standing(State.IN_PROGRESS, within_reopen_days=True),
            Event.REJECTED,
            "a case that is in_progress cannot take the step rejected: only after measures were "
            "confirmed; possible now: proposal_sent, results_sent, withdrawn, dismissed, merged",
        ),
        (
            Standing(State.CLOSED, measures_confirmed=True),
            Event.REJECTED,
            "a case that is closed cannot take the step rejected: only within reopen_days; "
            "no step leads on from here",
        ),
        (
            Standing(State.CLOSED, rejection="same_case"),
            Event.REJECTED,
            "a case that is closed cannot take the step rejected: only within reopen_days; "
            "no step leads on from here",
        ),
        (
            Standing(State.MERGED),
            Event.MERGE_UNDONE,
            "a case that is merged cannot take the step merge_undone: only if the state before is "
            "known; no step leads on from here",
        ),
        (
            Standing(State.MERGED, before_merge=State.CLOSED),
            Event.MERGE_UNDONE,
            "a case that is merged cannot take the step merge_undone: only if the state before is "
            "known; no step leads on from here",
        ),
        (
            Standing(State.CLOSED, within_reopen_days=True),
            Event.APPROVED,
            "a case that is closed cannot take the step approved; possible now: rejected",
        ),
    ],
)
def test_an_illegal_step_says_what_is_possible_instead(
    standing: Standing, event: Event, why: str
) -> None:
    with pytest.raises(IllegalStep) as told:
        step(standing, event)
    assert str(told.value) == why


def test_awaiting_approval_may_be_rejected_without_confirmed_measures() -> None:
    """R-27: a case without measures goes from the agreed solution to approval directly."""
    assert step(Standing(State.AWAITING_APPROVAL), Event.REJECTED).state is State.RE_REGISTERED


def test_approval_promises_the_closing_letter_and_cancels_the_clocks() -> None:
    after = step(Standing(State.AWAITING_APPROVAL, round=2), Event.APPROVED)
    assert after == Step(State.CLOSED, 2, (PromiseLetter("closing"), CancelClocks()))


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.IN_PROGRESS, State.CLOSED])
def test_rejection_registers_a_new_case(state: State) -> None:
    after = step(replace(allowed(state), round=2), Event.REJECTED)
    assert after == Step(State.RE_REGISTERED, 2, (RegisterAnew(), CancelClocks()))


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.IN_PROGRESS, State.CLOSED])
def test_rejection_in_the_same_case_is_the_next_round(state: State) -> None:
    after = step(replace(allowed(state), rejection="same_case", round=2), Event.REJECTED)
    # Somebody must be told, and a proposal is owed anew.
    effects = (PromiseLetter("reopened"), OpenTask("rejected"), StartClock("proposal"))
    assert after == Step(State.ANALYSIS, 3, effects)


def test_a_refused_proposal_registers_nothing() -> None:
    after = step(Standing(State.SOLUTION_PROPOSED), Event.PROPOSAL_REFUSED)
    assert after == Step(State.ANALYSIS, 1, ())


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
@pytest.mark.parametrize("event", [Event.WITHDRAWN, Event.DISMISSED, Event.MERGED])
def test_an_open_case_that_ends_otherwise_cancels_its_clocks(state: State, event: Event) -> None:
    said = (PromiseLetter("withdrawn"),) if event is Event.WITHDRAWN else ()
    assert step(Standing(state), event).effects == (*said, CancelClocks())


@pytest.mark.parametrize(
    "standing",
    [
        Standing(State.CLOSED, within_reopen_days=True),
        Standing(State.CLOSED, closed_by_default=True),
        Standing(State.AWAITING_APPROVAL, within_reopen_days=True, closed_by_default=True),
    ],
)
def test_a_closing_is_undone_only_in_time_and_if_nothing_but_the_default_closed_it(
    standing: Standing,
) -> None:
    """design.md, "Authority"."""
    with pytest.raises(IllegalStep):
        step(standing, Event.CLOSING_UNDONE)


def test_an_undone_closing_waits_for_approval_again_and_the_customer_is_told() -> None:
    standing = Standing(State.CLOSED, round=2, within_reopen_days=True, closed_by_default=True)
    after = step(standing, Event.CLOSING_UNDONE)
    assert after == Step(State.AWAITING_APPROVAL, 2, (PromiseLetter("reopened"),))


@pytest.mark.parametrize("before", sorted(OPEN_STATES))
def test_an_undone_merge_gives_the_state_before(before: State) -> None:
    assert step(Standing(before), Event.MERGED).state is State.MERGED
    merged = Standing(State.MERGED, round=2, before_merge=before)
    assert step(merged, Event.MERGE_UNDONE) == Step(before, 2, ())


def test_every_state_is_either_open_or_closed() -> None:
    assert set(State) == OPEN_STATES | CLOSED_STATES
    assert not OPEN_STATES & CLOSED_STATES
    assert {State(name) for name in OPEN.split()} == OPEN_STATES


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (PromiseLetter("closing"), "letter closing"),
        (StartClock("acknowledgment"), "start the clock acknowledgment"),
        (CancelClocks(), "cancel the open clocks"),
        (RegisterAnew(), "register a new case"),
        (OpenTask("answer"), "task answer"),
    ],
)
def test_an_effect_says_what_it_is(effect: Effect, words: str) -> None:
    assert str(effect) == words


def test_the_page_is_printed_from_the_table() -> None:
    """Write it again with: PAGE.write_text(markdown(), encoding="utf-8")."""
    assert PAGE.read_text(encoding="utf-8") == markdown()
    for (state, event), after in STEPS.items():
        assert f"| {state} | {event} | {after} |" in markdown()
