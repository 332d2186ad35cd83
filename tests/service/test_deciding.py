"""A person sets a state or decides: every act in every state."""

from __future__ import annotations

import pytest

from cases.errors import BadInput, IllegalStep
from demo.shop import MANAGER, RING
from service.deciding import Decision
from tests.acts import decide, set_case
from tests.service.one_case import ONE, bring_to
from tests.shop import Shop

# --- states


def test_state_is_set_by_the_table(desk: Shop) -> None:
    set_case(desk.w, ONE, {"state": "analysis"}, MANAGER)
    set_case(desk.w, ONE, {"state": "in_progress", "remark": "begun"}, MANAGER)
    assert (desk.case(ONE)["state"], desk.case(ONE)["remark"]) == ("in_progress", "begun")
    assert [step.kind for step in desk.steps(ONE)][-3:] == [
        "analysis_started",
        "fields_set",
        "work_started",
    ]


@pytest.mark.parametrize("state", ["closed", "registered", "nonsense", "re_registered"])
def test_a_state_that_no_step_leads_to_is_refused_with_what_is_possible(
    state: str, still: Shop
) -> None:
    with pytest.raises(IllegalStep, match="possible now: in_progress"):
        set_case(still.w, ONE, {"state": state}, MANAGER)


# --- decisions


AFTER = {
    ("approve", "awaiting_approval"): "closed",
    ("approve", "solution_proposed"): "in_progress",
    ("reject", "awaiting_approval"): "re_registered",
    ("reject", "closed"): "re_registered",
    ("reject", "solution_proposed"): "analysis",
    ("choose", "solution_proposed"): "in_progress",
    ("withdraw", "registered"): "withdrawn",
    ("withdraw", "analysis"): "withdrawn",
    ("withdraw", "solution_proposed"): "withdrawn",
    ("withdraw", "in_progress"): "withdrawn",
    ("withdraw", "awaiting_approval"): "withdrawn",
}


STATES = (
    "registered",
    "analysis",
    "solution_proposed",
    "in_progress",
    "awaiting_approval",
    "closed",
    "re_registered",
    "withdrawn",
)


@pytest.mark.parametrize("state", STATES)
def test_every_decision_in_every_state(state: str, desk: Shop) -> None:
    """The illegal ones first: they change nothing, so that the case stays for the next."""
    bring_to(desk, state)
    before = desk.case(ONE)
    kinds = ("approve", "reject", "choose", "withdraw")
    for kind in (kind for kind in kinds if (kind, state) not in AFTER):
        with pytest.raises(IllegalStep) as told:
            decide(desk.w, ONE, Decision(kind, "by phone", "B"), MANAGER)
        assert state in str(told.value)
        assert told.value.mend
        assert desk.case(ONE) == before
    assert desk.faults() == {}


@pytest.mark.parametrize(("kind", "state"), AFTER)
def test_a_decision_is_a_step_with_its_reason(kind: str, state: str, desk: Shop) -> None:
    bring_to(desk, state)
    option = "B" if kind == "choose" else None
    after = decide(desk.w, ONE, Decision(kind, "said by phone", option), MANAGER)
    assert after == desk.case(ONE)["state"] == AFTER[kind, state]
    answer = desk.case(ONE)["answers"][-1]
    assert (answer["verdict"], answer["phrase"], answer["option"], answer["authority"]) == (
        kind,
        "said by phone",
        option,
        f"user:{MANAGER}",
    )
    assert desk.serve() == ()
    assert desk.faults() == {}


def test_a_choice_names_an_option_that_was_offered(desk: Shop) -> None:
    bring_to(desk, "solution_proposed")
    for option, named in (("C", "C"), (None, "nothing"), ("", "nothing")):
        with pytest.raises(BadInput) as told:
            decide(desk.w, ONE, Decision("choose", "by phone", option), MANAGER)
        assert str(told.value) == f"option {named} was not offered in {ONE}; --option A or B"


def test_a_choice_is_still_possible_while_results_wait(desk: Shop) -> None:
    """The options are those of the latest proposal, whatever was queued behind it."""
    bring_to(desk, "solution_proposed")
    desk.letter(ONE, "results", results="All parts were made anew.")
    assert decide(desk.w, ONE, Decision("choose", "by phone", "B"), MANAGER) == "in_progress"


def test_a_decision_needs_a_reason(still: Shop) -> None:
    with pytest.raises(BadInput, match="a decision needs a reason; --why TEXT"):
        decide(still.w, ONE, Decision("withdraw", "  "), MANAGER)


def test_a_decision_ends_the_tasks_to_read_the_mail_and_no_others(desk: Shop) -> None:
    bring_to(desk, "awaiting_approval")
    desk.customer(RING).answer("Fine, if you pay the freight.")
    desk.serve()
    assert desk.kinds() == ["read_reply"]
    decide(desk.w, ONE, Decision("approve", "freight is paid"), MANAGER)
    assert desk.kinds() == []
    (task,) = desk.tasks(every=True)
    assert (task["resolved_by"], task["resolution"]) == (f"user:{MANAGER}", "decided: approve")
