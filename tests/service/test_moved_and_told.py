"""R-8, R-10, R-11: what was told stays told when due times move, by letters and by lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from demo.shop import MANAGER
from service import telling, warning
from service.agreeing import Party, agree, take_back
from service.people import act
from service.recounting import keep_reckoned
from tests.shop import SUPERVISOR, Shop
from tests.told import ONE, complained, measure

CASE = Party(case=ONE)


def put(shop: Shop, name: str, value: str) -> None:
    agree(shop.w, SUPERVISOR, CASE, name, value, "so it was agreed")


def listed(shop: Shop) -> list[str]:
    """When the proposal is due, by each list that named it."""
    return [
        item["due"][:16]
        for row in shop.rows("letters")
        if row["template"] == "digest"
        for item in row["facts"]["items"]
        if item["what"] == "proposal"
    ]


def letters(shop: Shop) -> list[str]:
    return [
        row["facts"]["promise"]["due"][:16]
        for row in shop.rows("letters")
        if row["template"] == "warning" and row["facts"]["promise"]["what"] == "proposal"
    ]


def strikes(shop: Shop) -> list[str]:
    """On which days the measures warn or are due."""
    every = sorted(shop.rows("measures"), key=lambda one: one["due_on"], reverse=True)
    return [f"{one['strikes_at']:%Y-%m-%d}" for one in every]


def test_what_a_list_told_nobody_tells_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    complained(shop)
    monkeypatch.setattr(warning, "MOST_LETTERS", 0)
    shop.clock.forward(hours=8)
    assert shop.serve() == ()
    assert listed(shop) == ["2026-03-02 22:00"]
    for most in (0, 5):  # by another list, or by a letter
        monkeypatch.setattr(warning, "MOST_LETTERS", most)
        put(shop, "proposal.time", "24 hours")
        put(shop, "proposal.warns", "50 %")
        assert shop.promise(ONE, "proposal")["warned"] == 0
        for name in ("proposal.warns", "proposal.time"):
            take_back(shop.w, SUPERVISOR, CASE, name, "no more")
        assert shop.serve() == ()
    assert shop.promise(ONE, "proposal")["warned"] == 1
    assert (listed(shop), letters(shop)) == (["2026-03-02 22:00"], [])
    monkeypatch.setattr(warning, "MOST_LETTERS", 0)
    shop.clock.forward(hours=4)
    assert shop.serve() == ()
    assert listed(shop) == ["2026-03-02 22:00"] * 2  # the limit is another thing
    assert shop.faults() == {}


def test_what_lies_behind_a_pause_was_not_told(sqlite_shop: Shop) -> None:
    """R-12: the time that the customer takes brings no warning nearer."""
    shop = complained(sqlite_shop)
    with act(shop.w, MANAGER, "letter") as h:
        telling.begin(h, ONE, "analysis", "by phone")
    shop.clock.forward(hours=28)
    assert shop.serve() == ()
    assert shop.promise(ONE, "analysis")["warned"] == 1
    shop.letter(ONE, "information_request", questions=["Which lot?"])
    assert shop.serve() == ()
    assert shop.promise(ONE, "analysis")["state"] == "paused"
    shop.clock.forward(days=12)
    put(shop, "analysis.time", "5 business days")
    assert shop.promise(ONE, "analysis")["warned"] == 0
    assert shop.faults() == {}


def test_measures_follow_the_calendar(shop: Shop) -> None:
    """R-26: a new closure day makes a measure warn earlier; a told one stays told."""
    complained(shop)
    measure(shop, "training", date(2026, 3, 20), MANAGER)
    measure(shop, "preventive", date(2026, 3, 3), MANAGER)
    assert shop.serve() == ()
    assert strikes(shop) == ["2026-03-17", "2026-03-02"]
    days = shop.w.settings.calendar["default"].model_copy(update={"closed": (date(2026, 3, 18),)})
    days.__dict__.pop("own", None)
    changed = shop.w.settings.model_copy(update={"calendar": {"default": days}})
    shop.w = replace(shop.w, settings=changed, calendars={}, looked=set())
    assert keep_reckoned(shop.w) == 1
    assert strikes(shop) == ["2026-03-16", "2026-03-02"]
    shop.w.looked.clear()
    assert keep_reckoned(shop.w) == 0
    assert shop.steps(ONE)[-1].kind == "measure_recomputed"
    assert shop.faults() == {}
