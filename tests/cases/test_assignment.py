"""R-32: who gets a case, who stands in, and what is formal."""

from __future__ import annotations

import pytest

from cases.assignment import NOBODY, Choice, by_part, by_rules, in_turn
from cases.deputies import stand_in
from cases.formality import formal_because

ABLE = {"li", "sam", "chen"}


@pytest.mark.parametrize(
    ("deputies", "who"),
    [
        ({}, "li"),
        ({"li": "sam"}, "sam"),
        ({"li": "sam", "sam": "chen"}, "chen"),
        ({"sam": "chen"}, "li"),
        ({"li": "sam", "sam": "li"}, None),
        ({"li": "li"}, None),
    ],
)
def test_who_stands_in(deputies: dict[str, str], who: str | None) -> None:
    assert stand_in("li", deputies) == who


@pytest.mark.parametrize(
    ("wishes", "deputies", "found"),
    [
        ([("customer", "li"), ("company", "sam")], {}, Choice("li", "customer")),
        ([("customer", "gone"), ("company", "sam")], {}, Choice("sam", "company")),
        ([("customer", "li")], {"li": "chen"}, Choice("chen", "customer; li is away")),
        ([("customer", "li"), ("company", "sam")], {"li": "li"}, Choice("sam", "company")),
        ([("customer", "vera")], {}, None),
        ([], {}, None),
    ],
)
def test_the_first_rule_that_finds_somebody(
    wishes: list[tuple[str, str]], deputies: dict[str, str], found: Choice | None
) -> None:
    assert by_rules(wishes, ABLE, deputies) == found


def test_in_turn_among_those_present() -> None:
    assert in_turn(["chen", "li"], {}) == Choice("chen", "in turn")
    assert in_turn(["chen", "li"], {"chen": "sam"}) == Choice("li", "in turn")
    assert in_turn(["chen"], {"chen": "sam"}) == NOBODY
    assert in_turn([], {}) == NOBODY


def test_parts_and_product_lines() -> None:
    rules = [("RK-*", "li"), ("*ring*", "chen"), ("X", "sam")]
    lines: list[dict[str, object]] = [
        {"part_number": "rk-15", "part_name": None},
        {"part_name": "Calibration Ring M"},
    ]
    assert by_part(rules, lines) == (("part RK-*", "li"), ("part *ring*", "chen"))
    assert by_part(rules, [{}]) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Please send an 8D report", "8D"),
        ("8-D, by Friday", "8-D"),
        ("SCAR-2026-0815 for order 12", "SCAR-2026-0815"),
        ("our NCR no. 4711", "NCR no. 4711"),
        ("请提供8D报告", "8D"),
        ("a scarf, a nacre and 18D", None),
        ("the ring is too wide", None),
    ],
)
def test_formal_by_the_words_of_the_mail(text: str, words: str | None) -> None:
    assert formal_because("", text) == words
    assert formal_because(text, "") == words
