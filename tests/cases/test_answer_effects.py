"""R-29's table, typed once more and walked whole: asked x verdict -> effect."""

from __future__ import annotations

from typing import get_args

import pytest

from cases.answers import Answer, Asked, Effect, Verdict, effect_of, read
from cases.answers.effects import FILED, TABLE, TASK
from cases.answers.verdicts import MORE, Kind
from cases.lifecycle import Event, Standing, State, step

VERDICTS = get_args(Verdict)
KINDS = get_args(Kind)

# As rules.md has it. "task" where it says so, "filed", or the step of the case.
RULE = """
approval | approved | rejected | task | task | task | filed | task | task
proposal | proposal_accepted | proposal_refused | option_chosen | task | task | filed | task | task
question | task | task | task | task | task | filed | task | task
nothing  | filed | task | task | task | task | filed | task | task
closed   | filed | rejected | task | task | task | filed | filed | task
"""
EXPECTED = {
    (kind, verdict): cell
    for kind, *cells in (map(str.strip, line.split("|")) for line in RULE.strip().splitlines())
    for verdict, cell in zip(VERDICTS, cells, strict=True)
}
CELLS = [(kind, verdict) for kind in KINDS for verdict in VERDICTS]


def asked(kind: Kind) -> Asked:
    """One option, where something is proposed."""
    return Asked(kind, ("A",) if kind == "proposal" else ())


def answer(verdict: Verdict, *, certain: bool = True, more: str = "") -> Answer:
    return Answer(verdict, None, None, "said", f"en/{verdict}{more}", certain)


def told(effect: Effect) -> str:
    return str(effect.event) if effect.outcome == "acts" else effect.outcome


@pytest.mark.parametrize(("kind", "verdict"), CELLS)
def test_every_cell_of_the_table(kind: Kind, verdict: Verdict) -> None:
    found = effect_of(answer(verdict), asked(kind), waiting=False)
    assert told(found) == EXPECTED[kind, verdict]
    assert (found.event is not None) == (found.outcome == "acts")


def test_the_table_has_every_cell_and_no_more() -> None:
    assert set(TABLE) == set(CELLS) == EXPECTED.keys()


@pytest.mark.parametrize(("kind", "verdict"), CELLS)
def test_nothing_acts_that_is_not_certain(kind: Kind, verdict: Verdict) -> None:
    found = effect_of(answer(verdict, certain=False), asked(kind), waiting=True)
    assert found.outcome != "acts"
    assert found.event is None


@pytest.mark.parametrize(("kind", "verdict"), CELLS)
def test_nothing_is_filed_of_which_a_word_was_not_understood(kind: Kind, verdict: Verdict) -> None:
    doubted = answer(verdict, certain=False, more=f", {MORE}")
    assert effect_of(doubted, asked(kind), waiting=False) == TASK


def test_approval_of_several_options_is_a_task() -> None:
    several = Asked("proposal", ("A", "B"))
    assert effect_of(answer("approve"), several, waiting=True) == TASK
    assert effect_of(answer("approve"), Asked("proposal"), waiting=True) == TASK


def test_an_approval_that_nobody_asked_for_is_filed_unless_a_decision_is_waited_for() -> None:
    assert effect_of(answer("approve"), Asked("nothing"), waiting=False).outcome == "filed"
    assert effect_of(answer("approve"), Asked("nothing"), waiting=True) == TASK


@pytest.mark.parametrize(
    ("kind", "verdict", "state"),
    [
        ("approval", "approve", State.AWAITING_APPROVAL),
        ("approval", "reject", State.AWAITING_APPROVAL),
        ("proposal", "approve", State.SOLUTION_PROPOSED),
        ("proposal", "reject", State.SOLUTION_PROPOSED),
        ("proposal", "choose", State.SOLUTION_PROPOSED),
        ("closed", "reject", State.CLOSED),
    ],
)
def test_what_acts_is_a_step_of_the_case_that_was_asked(
    kind: Kind, verdict: Verdict, state: State
) -> None:
    event = TABLE[kind, verdict].event
    assert event is not None
    step(Standing(state, within_reopen_days=True), event)
    assert {one for one in Event if one is event}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Thanks!", "approval", FILED),
        ("Thank you for the fast answer.", "closed", FILED),
        ("We withdraw our complaint.", "closed", FILED),
        ("We withdraw our complaint and will sue you.", "closed", TASK),
        ("Approved.", "closed", FILED),
        ("Thanks, but the parts still leak.", "approval", TASK),
        ("", "approval", TASK),
    ],
)
def test_words_and_what_they_do(text: str, kind: Kind, expected: Effect) -> None:
    assert effect_of(read(text, asked(kind)), asked(kind), waiting=True) == expected
