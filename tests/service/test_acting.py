"""A person acts: fields, tasks, letters, and who may."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cases.errors import AmendsError, BadInput, NotAllowed, NotFound
from demo.shop import MAILBOX, MANAGER, RING
from service.deciding import Decision
from service.writing import write_letter
from tests.acts import assign, decide, set_case
from tests.service.one_case import ONE, OPTIONS, with_a_case
from tests.shop import SUPERVISOR, VIEWER, Shop

# --- fields


def test_fields_are_typed(shop: Shop) -> None:
    with_a_case(shop)
    values = {
        "order_value": "12500.50",
        "currency": "USD",
        "responsible_party": "Production",
        "priority": "Yes",
        "customer_reference": "4711",
    }
    set_case(shop.w, ONE.lower(), values, MANAGER)
    (row,) = shop.rows("cases")
    assert (row["order_value"], row["currency"]) == (Decimal("12500.50"), "USD")
    assert (row["responsible_party"], row["priority"]) == ("Production", True)
    set_case(shop.w, ONE, {"customer_reference": "", "priority": "no"}, MANAGER)
    (row,) = shop.rows("cases")
    assert (row["customer_reference"], row["priority"]) == (None, False)
    assert shop.faults() == {}


def test_two_lines_of_one_case(shop: Shop) -> None:
    """As in KS2024-025: two orders in one complaint."""
    with_a_case(shop)
    for line, (order, pieces) in enumerate((("23016640", "25"), ("23016643", "220")), start=1):
        set_case(
            shop.w, ONE, {"po_pi_no": order, "quantity_complained": pieces}, MANAGER, line=line
        )
    lines = shop.case(ONE)["lines"]
    assert [(one["position"], one["po_pi_no"], one["confirmed_by"]) for one in lines] == [
        (1, "23016640", MANAGER),
        (2, "23016643", MANAGER),
    ]
    assert [row["quantity_complained"] for row in shop.rows("lines")] == [Decimal(25), Decimal(220)]
    assert [step.kind for step in shop.steps(ONE)][-2:] == ["line_set", "line_added"]
    assert shop.faults() == {}


@pytest.mark.parametrize(
    ("values", "line", "said"),
    [
        ({"colour": "red"}, None, "colour cannot be set; fields are: subject, "),
        ({"part_name": "Ring"}, None, "part_name cannot be set"),
        ({"state": "closed"}, 1, "state cannot be set"),
        ({"order_value": "much"}, None, "order_value cannot be 'much'; write a number"),
        ({"order_value": "NaN"}, None, "order_value cannot be 'NaN'; write a number"),
        ({"order_value": "Infinity"}, None, "order_value cannot be 'Infinity'; write a number"),
        ({"order_value": "1e99999"}, None, "order_value cannot be '1e99999'"),
        ({"quantity_delivered": "-3"}, 1, "quantity_delivered cannot be '-3'"),
        ({"priority": "perhaps"}, None, "priority cannot be 'perhaps'; write yes or no"),
        ({"responsible_party": "Nobody"}, None, "use one of Sales, Engineering"),
        ({"language": "fr"}, None, "use one of en, de, zh"),
        ({"currency": "Dollars"}, None, "currency cannot be 'Dollars'"),
        ({"subject": ""}, None, "subject cannot be empty"),
        ({"language": ""}, None, "language cannot be empty"),
        ({"priority": ""}, None, "priority cannot be empty"),
        ({"part_name": "Ring"}, 3, "has 1 lines, so there is no line 3; the next new line is 2"),
    ],
)
def test_what_cannot_be_set_says_so_and_changes_nothing(
    values: dict[str, str], line: int | None, said: str, still: Shop
) -> None:
    before = still.case(ONE)
    with pytest.raises(BadInput) as told:
        set_case(
            still.w, ONE, {"remark" if line is None else "lot": "x", **values}, MANAGER, line=line
        )
    assert said in str(told.value)
    assert still.case(ONE) == before


# --- tasks


def test_a_task_ends_once_with_how_and_why(shop: Shop) -> None:
    with_a_case(shop)
    shop.customer(RING).answer("Any news?")
    shop.serve()
    (task,) = shop.tasks()
    for how, why, said in (("lost", "x", "use one of"), ("done", " ", "needs a reason")):
        with pytest.raises(BadInput, match=said):
            shop.resolve(int(task["id"]), how, why, MANAGER)
    shop.resolve(int(task["id"]), "no_answer_needed", "only thanks", SUPERVISOR)
    assert shop.tasks() == []
    (ended,) = shop.tasks(every=True)
    assert (ended["resolution"], ended["why"]) == ("no_answer_needed", "only thanks")
    with pytest.raises(BadInput, match=f"was ended by user:{SUPERVISOR} as no_answer_needed"):
        shop.resolve(int(task["id"]), "done", "again", MANAGER)
    assert shop.faults() == {}


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (lambda s: s.resolve(1, "done", "x", MANAGER), NotFound, "there is no task 1; see"),
        (
            lambda s: assign(s.w, "KS2026-999", MANAGER, MANAGER),
            NotFound,
            "no case KS2026-999; see",
        ),
        (lambda s: assign(s.w, ONE, "ghost", MANAGER), NotFound, "no user ghost; amends user add"),
        (lambda s: assign(s.w, ONE, MANAGER, "ghost"), NotFound, "no user ghost"),
        (lambda s: assign(s.w, ONE, VIEWER, MANAGER), NotAllowed, f"{VIEWER} is a viewer"),
    ],
)
def test_what_is_not_there_is_named(
    act: Callable[[Shop], None], error: type[AmendsError], said: str, still: Shop
) -> None:
    with pytest.raises(error) as told:
        act(still)
    assert said in str(told.value)


# --- who may


ACTS: dict[str, Callable[[Shop, str], object]] = {
    "assign": lambda s, user: assign(s.w, ONE, MANAGER, user),
    "set": lambda s, user: set_case(s.w, ONE, {"remark": "x"}, user),
    "decide": lambda s, user: decide(s.w, ONE, Decision("withdraw", "x"), user),
    "task": lambda s, user: s.resolve(1, "done", "x", user),
    "letter": lambda s, user: write_letter(
        s.w, ONE, "results", {"results": "Made anew."}, user, send=True
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_only_looks(act: str, still: Shop) -> None:
    before = still.steps(ONE)
    with pytest.raises(NotAllowed) as told:
        ACTS[act](still, VIEWER)
    assert f"{VIEWER} is a viewer and may not do this ({act})" in str(told.value)
    assert "ask somebody who is administrator or manager or supervisor" in str(told.value)
    assert still.steps(ONE) == before


def test_the_history_says_who_did_what(shop: Shop) -> None:
    with_a_case(shop)
    assign(shop.w, ONE, MANAGER, SUPERVISOR)
    shop.ask_approval(ONE)
    shop.customer(RING).answer("Approved.")
    shop.serve()
    told = [(step.actor, step.kind) for step in shop.steps(ONE)]
    jana = f"customer:{RING.address}"
    assert told == [
        (jana, "registered"),
        (jana, "letter_promised"),
        (jana, "message_filed"),
        (jana, "letter_queued"),
        ("system", "delivery_sending"),
        ("system", "delivery_accepted"),
        ("system", "letter_done"),
        ("system", "clock_stopped"),
        (f"user:{SUPERVISOR}", "assigned"),
        (f"user:{MANAGER}", "analysis_started"),
        (f"user:{MANAGER}", "letter_queued"),
        ("system", "delivery_sending"),
        ("system", "delivery_accepted"),
        ("system", "letter_done"),
        ("system", "results_sent"),
        (jana, "message_filed"),
        (jana, "approved"),
        (jana, "letter_promised"),
        (jana, "clock_cancelled"),  # the proposal that was never made
        (jana, "clock_cancelled"),  # and the containment
        (jana, "answer_read"),
        (jana, "letter_queued"),
        ("system", "delivery_sending"),
        ("system", "delivery_accepted"),
        ("system", "letter_done"),
    ]
    causes = {step.cause.partition(":")[0] for step in shop.steps(ONE)}
    assert causes == {"mail", "letter", "delivery", "act"}


# --- letters


def test_a_proposal_waits_for_confirmed_lines(desk: Shop) -> None:
    """R-27, for every line."""
    facts = {"introduction": "We are sorry.", "options": OPTIONS}
    with pytest.raises(BadInput, match=rf"line 1 of {ONE} is not confirmed .* --line 1"):
        write_letter(desk.w, ONE, "solution_proposal", facts, MANAGER, send=False)
    desk.confirm(ONE)
    write_letter(desk.w, ONE, "solution_proposal", facts, MANAGER, send=False)


def test_a_preview_leaves_no_trace(desk: Shop) -> None:
    desk.confirm(ONE)
    before = (desk.case(ONE), desk.rows("tokens"))
    facts = {"introduction": "We are sorry.", "options": OPTIONS}
    shown = write_letter(desk.w, ONE, "solution_proposal", facts, MANAGER, send=False)
    assert (shown.letter_id, shown.subject) == (None, f"Re: Thread too wide [{ONE}]")
    assert "M3 screws" in shown.words.text
    assert (desk.case(ONE), desk.rows("tokens")) == before


@pytest.mark.parametrize(
    ("template", "facts", "said"),
    [
        ("results", {}, "the letter results needs results; give them in a JSON file"),
        ("results", {"results": " "}, "needs results"),
        ("results", {"results": "x", "case": "mine"}, "the facts case of a letter come from"),
        ("solution_proposal", {"introduction": "x", "options": "A or B"}, "cannot be written"),
        ("solution_proposal", {"introduction": "x", "options": [{"letter": "A"}]}, "text"),
        ("thank_you", {}, "there is no letter thank_you; use one of acknowledgment"),
    ],
)
def test_facts_that_no_letter_can_be_made_of(
    template: str, facts: dict[str, Any], said: str, still: Shop
) -> None:
    before = still.case(ONE)
    with pytest.raises(AmendsError) as told:
        write_letter(still.w, ONE, template, facts, MANAGER, send=True)
    assert said in str(told.value)
    assert still.case(ONE) == before


def test_facts_that_a_letter_does_not_use_do_no_harm(shop: Shop) -> None:
    """An `options` that is no list, in a letter that asks for approval."""
    with_a_case(shop)
    set_case(shop.w, ONE, {"state": "analysis"}, MANAGER)
    shop.letter(ONE, "results", results="Made anew.", options="see above")
    shop.serve()
    shop.customer(RING).answer("Approved.")
    assert shop.serve() == ()
    assert shop.case(ONE)["state"] == "closed"
    assert shop.faults() == {}


# --- clocks


def test_a_breach_is_told_once_and_stays(shop: Shop) -> None:
    """R-7: the way out is closed over the limit; the letter that leaves later does not heal it."""
    shop.server.smtp_hook = lambda command, mail: (
        "451 4.2.0 try later" if command == "RCPT" and RING.address in mail.recipients else None
    )
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    shop.serve()
    shop.ask_only_for("acknowledgment")
    shop.clock.forward(days=1, minutes=-1)
    shop.serve()
    assert shop.kinds() == []
    shop.clock.forward(minutes=1)
    for _ in range(3):
        shop.serve()
        shop.clock.forward(hours=12)
    assert shop.kinds() == ["clock_breached"]
    clock = shop.promise(ONE)
    assert (clock["state"], clock["breached_at"]) == ("started", clock["due_at"])

    shop.server.smtp_hook = None
    shop.serve()
    clock = shop.promise(ONE)
    assert (clock["state"], clock["breached_at"]) == ("stopped", clock["due_at"])
    assert [step.kind for step in shop.steps(ONE)].count("clock_breached") == 1
    assert shop.faults() == {}
