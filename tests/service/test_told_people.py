"""Own people are told in time, each once (R-10, R-26, R-32)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cases.errors import BadInput, NotAllowed
from demo.shop import MAILBOX, MANAGER, PLATE, RING
from service import measures
from service.editing import assign
from service.people import act
from service.presence import call_off, come_back, staff
from service.striking import strike_due
from tests.acts import set_case
from tests.shop import SUPERVISOR, VIEWER, Shop, open_shop
from tests.told import ONE, agree, away, complained, days, measure, settings, told, user

# --- absences and deputies


def test_a_deputy_gets_what_the_absent_would(shop: Shop) -> None:
    user(shop, "chen")
    away(shop, MANAGER, date(2026, 3, 2), date(2026, 3, 3), "chen", MANAGER)
    complained(shop)
    case = shop.case(ONE)
    assert (case["manager"], case["assigned_why"]) == (
        "chen",
        "manager of the company; li is away",
    )
    with act(shop.w, SUPERVISOR, "assign") as h:
        assign(h, ONE, MANAGER)
    away(shop, "chen", date(2026, 3, 2), None, SUPERVISOR, "chen")  # the deputy's deputy
    shop.clock.forward(hours=3)
    assert shop.serve() == ()
    assert told(shop, "warning") == [SUPERVISOR]
    days(shop, 2)  # the first absence is over
    with shop.w.db.read() as connection:
        here = staff(connection, shop.clock.now)
    assert here.deputies == {"chen": SUPERVISOR}
    assert shop.faults() == {}


def test_who_may_enter_an_absence(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    user(shop, "chen")
    march = date(2026, 3, 2)
    away(shop, "chen", march, march, MANAGER, SUPERVISOR)
    with pytest.raises(NotAllowed, match="only an own absence"):
        away(shop, SUPERVISOR, march, None, "chen", MANAGER)
    with pytest.raises(BadInput, match="away on some of these days"):
        away(shop, "chen", march, None, SUPERVISOR, "chen")
    with pytest.raises(BadInput, match="represented by li"):
        away(shop, MANAGER, march, None, "chen", MANAGER)
    with pytest.raises(BadInput, match="cannot stand in"):
        away(shop, MANAGER, march, None, VIEWER, MANAGER)
    with pytest.raises(BadInput, match="before"):
        away(shop, MANAGER, march, date(2026, 3, 1), SUPERVISOR, MANAGER)
    with pytest.raises(NotAllowed), act(shop.w, VIEWER, "own_absence"):
        pass
    with act(shop.w, "chen", "own_absence") as h:
        assert come_back(h, "chen") == 1
        assert come_back(h, "chen") == 0
    away(shop, MANAGER, date(2026, 4, 1), None, "chen", MANAGER)
    (later,) = [one for one in shop.rows("absences") if one["user_name"] == MANAGER]
    with act(shop.w, SUPERVISOR, "own_absence") as h:
        call_off(h, later["id"])
    with shop.w.db.read() as connection:
        assert staff(connection, shop.clock.now).deputies == {}


# --- assignment


@pytest.fixture
def in_turn(tmp_path: Path, shop_url: str) -> Iterator[Shop]:
    parts = '\n[[assign]]\npart = "RK-*"\nmanager = "sam"\n'
    with open_shop(tmp_path, shop_url, in_mailbox=parts) as opened:
        opened.w = settings(opened, manager="", tell_new_cases=True)
        user(opened, "chen")
        yield opened


def test_cases_go_in_turn_and_by_rule(in_turn: Shop) -> None:
    shop = in_turn
    for number, about in enumerate(("first", "second", "third", "fourth")):
        person = (RING, PLATE)[number % 2]
        shop.customer(person).write(MAILBOX, f"The {about} complaint", "It is too wide.")
    assert shop.serve() == ()  # one batch
    found = [(shop.case(number)["manager"]) for number in shop.numbers()]
    assert found == ["chen", "li", "chen", "li"]
    shop.customer(RING).write(MAILBOX, "Another", "Part no.: RK-15\nIt is too wide.")
    assert shop.serve() == ()
    last = shop.case(shop.numbers()[-1])
    assert (last["manager"], last["assigned_why"]) == (SUPERVISOR, "part RK-*")
    agree(shop, manager="chen")
    complained(shop, RING, "And one more")
    assert shop.case(shop.numbers()[-1])["assigned_why"] == "manager of the customer"
    assert told(shop, "new_case") == ["chen", "li", "chen", "li", SUPERVISOR, "chen"]
    assert shop.faults() == {}


def test_a_new_manager_is_told_once(in_turn: Shop) -> None:
    shop = complained(in_turn)
    assert told(shop, "new_case") == ["chen"]
    for to in (MANAGER, MANAGER, "chen"):
        with act(shop.w, SUPERVISOR, "assign") as h:
            assign(h, ONE, to)
    with act(shop.w, MANAGER, "assign") as h:
        assign(h, ONE, MANAGER)  # nobody is told of an own act
    assert shop.serve() == ()
    assert told(shop, "new_case") == ["chen", MANAGER, "chen"]
    assert shop.case(ONE)["assigned_why"] == f"by user:{MANAGER}"
    assert all(one["state"] == "done" for one in shop.rows("letters"))


def test_a_formal_complaint_is_known_by_its_words(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop, RING, "SCAR-0815 thread too wide")
    case = shop.case(ONE)
    assert (case["formal"], case["found_in"]["formal"]) == (True, "SCAR-0815")
    set_case(shop.w, ONE, {"formal": "no"}, MANAGER)
    assert shop.case(ONE)["formal"] is False
    assert shop.faults() == {}


# --- on call, and many at once


def test_out_of_hours_the_contact_on_call_is_told_too(sqlite_shop: Shop) -> None:
    shop = complained(sqlite_shop)
    shop.clock.forward(hours=2)  # Monday noon: the manager alone
    strike_due(settings(shop, on_call="night@parts.example"))
    assert told(shop, "warning") == [MANAGER]
    shop.clock.forward(hours=10)  # nine in the evening
    strike_due(settings(shop, on_call=VIEWER))
    assert told(shop, "escalation") == [SUPERVISOR] * 2 + [VIEWER] * 2
    strike_due(settings(shop, on_call="nobody"))


def test_masses_are_told_in_one_letter(shop: Shop) -> None:
    for number in range(5):
        shop.customer(RING).write(MAILBOX, f"Complaint {number}", "It is too wide.")
    assert shop.serve() == ()
    shop.clock.forward(days=2)
    assert shop.serve() == ()
    assert told(shop, "escalation") == []
    every = [one for one in shop.rows("letters") if one["template"] == "digest"]
    assert [one["case_id"] for one in every] == [None]
    assert len(every[0]["facts"]["items"]) == 10
    assert every[0]["state"] == "done"
    assert shop.kinds().count("clock_breached") == 10
    assert strike_due(shop.w) == 0
    assert shop.faults() == {}


# --- measures


def test_a_measure_warns_and_is_escalated_once(shop: Shop) -> None:
    complained(shop)
    shop.ask_only_for("none")
    user(shop, "chen", "viewer")
    number = measure(shop, "training", date(2026, 3, 10), "chen")
    assert told(shop, "measure") == ["chen"]
    days(shop, 10)
    assert told(shop, "warning") == ["chen", MANAGER] * 2
    assert told(shop, "escalation") == [SUPERVISOR]
    assert "measure_overdue" in shop.kinds()
    assert shop.case(ONE)["measures"][0]["breached_at"].startswith("2026-03-10T16:30")
    with act(shop.w, MANAGER, "measure") as h:
        measures.move_measure(h, number, "it takes longer", owner=MANAGER, due_on=date(2026, 4, 30))
    with (
        pytest.raises(BadInput, match="belongs to li already"),
        act(shop.w, MANAGER, "measure") as h,
    ):
        measures.move_measure(h, number, "again", owner=MANAGER)
    assert told(shop, "measure") == ["chen", MANAGER]
    with act(shop.w, MANAGER, "measure") as h:
        measures.measure_done(h, number, "a list")
    shop.clock.forward(days=90)
    assert shop.serve() == ()
    assert told(shop, "escalation").count(SUPERVISOR) <= 2  # no second one for the measure
    assert shop.faults() == {}
