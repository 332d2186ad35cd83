"""The oracle is tested, too: each broken promise, made by hand, must be named."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tests.fault.kills import moments
from tests.fault.oracle import (
    PROMISES,
    Appended,
    CaseRow,
    Copy,
    Facts,
    Filed,
    Taken,
    judge,
    most_copies,
    repeats,
)

# Two complaints with their cases and letters; "r" is a reply to the first.
WHOLE = Facts(
    appended=(Appended("a"), Appended("b"), Appended("r", "a")),
    filed=(Filed("a", 1), Filed("b", 2), Filed("r", 1)),
    cases=(CaseRow(1, "KS2026-001", "KS/2026", 1), CaseRow(2, "KS2026-002", "KS/2026", 2)),
    counters={"KS/2026": 2},
    acknowledgments={1: (11,), 2: (12,)},
    copies=(Copy(1, 11, "<1@x>", "s1", "accepted"), Copy(2, 12, "<2@x>", "s2", "accepted")),
    taken=(Taken("<1@x>", "ana@x", "s1"), Taken("<2@x>", "ben@x", "s2")),
    object_rows=frozenset({"a"}),
    objects=frozenset({"a"}),
)
THIRD = CaseRow(3, "KS2026-003", "KS/2026", 3)


def named(facts: Facts) -> set[str]:
    return {violation.name for violation in judge(facts)}


def test_a_whole_run_breaks_no_promise() -> None:
    assert judge(WHOLE) == ()
    assert judge(Facts()) == ()


BROKEN: dict[str, Facts] = {
    "mail lost": replace(WHOLE, filed=(*WHOLE.filed[:2],)),
    "mail registered twice": replace(WHOLE, filed=(*WHOLE.filed, Filed("r", 1))),
    "mail that nobody wrote": replace(WHOLE, filed=(*WHOLE.filed, Filed("z", 1))),
    "mail still waiting": replace(WHOLE, waiting=("a",)),
    "mail set aside": replace(WHOLE, filed=(*WHOLE.filed[:2], Filed("r", None))),
    "own mail in a case": replace(
        WHOLE,
        appended=(*WHOLE.appended, Appended("o", own=True)),
        filed=(*WHOLE.filed, Filed("o", 2)),
    ),
    "flood in several cases": replace(
        WHOLE,
        appended=tuple(replace(mail, flood="eve") for mail in WHOLE.appended),
        acknowledgments={},
    ),
    "case not made by one complaint": replace(
        WHOLE, cases=(*WHOLE.cases, THIRD), filed=(*WHOLE.filed[:2], Filed("r", 3))
    ),
    "reply in another case": replace(WHOLE, filed=(*WHOLE.filed[:2], Filed("r", 2))),
    "number used twice": replace(
        WHOLE, cases=(WHOLE.cases[0], replace(WHOLE.cases[1], number="KS2026-001"))
    ),
    "number missing": replace(WHOLE, cases=(WHOLE.cases[0], replace(WHOLE.cases[1], seq=3))),
    "history broken": replace(
        WHOLE, cases=(WHOLE.cases[0], replace(WHOLE.cases[1], faults=("record 2 was altered",)))
    ),
    "not exactly one acknowledgment": replace(WHOLE, acknowledgments={1: (11, 13), 2: (12,)}),
    "acknowledgment never sent": replace(WHOLE, taken=WHOLE.taken[:1]),
    "delivery without end": replace(
        WHOLE, copies=(WHOLE.copies[0], replace(WHOLE.copies[1], state="uncertain"))
    ),
    "letter sent too often": replace(WHOLE, taken=(*WHOLE.taken, *WHOLE.taken[:1] * 2)),
    "letter with other bytes": replace(
        WHOLE, taken=(*WHOLE.taken, replace(WHOLE.taken[0], sha256="s9"))
    ),
    "letter that nobody promised": replace(
        WHOLE, taken=(*WHOLE.taken, Taken("<9@x>", "ana@x", "s9"))
    ),
    "evidence object without row": replace(WHOLE, objects=frozenset({"a", "o"})),
    "evidence row without object": replace(WHOLE, objects=frozenset()),
    "evidence altered": replace(WHOLE, unreadable=("a has other bytes than its name says",)),
    "fault of the service": replace(WHOLE, errors=("00001.log: outbox_failed",)),
    "process left over": replace(WHOLE, left_over=("4711: python -I -c import sys",)),
}


def test_every_promise_has_a_broken_example() -> None:
    assert BROKEN.keys() == PROMISES.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str) -> None:
    assert name in named(BROKEN[name])


def test_a_case_without_any_acknowledgment_is_named() -> None:
    assert "not exactly one acknowledgment" in named(replace(WHOLE, acknowledgments={1: (11,)}))


def test_an_acknowledgment_that_was_never_composed_was_never_sent() -> None:
    found = judge(replace(WHOLE, copies=WHOLE.copies[:1], taken=WHOLE.taken[:1]))
    assert [str(one) for one in found] == ["acknowledgment never sent: letter 12 of case 2"]


def test_a_complaint_registered_as_two_cases_is_named() -> None:
    doubled = replace(WHOLE, cases=(*WHOLE.cases, THIRD), filed=(*WHOLE.filed, Filed("a", 3)))
    assert {"mail registered twice", "not exactly one acknowledgment"} <= named(doubled)


def test_a_second_copy_is_counted_and_allowed() -> None:
    twice = replace(WHOLE, taken=(*WHOLE.taken, WHOLE.taken[0]))
    assert judge(twice) == ()
    assert repeats(twice) == 1
    assert repeats(WHOLE) == 0
    assert (most_copies(twice), most_copies(WHOLE)) == (2, 1)


def test_an_uncertain_delivery_may_rest_when_a_person_was_asked() -> None:
    asked = replace(WHOLE.copies[1], state="uncertain", by_hand=True)
    assert judge(replace(WHOLE, copies=(WHOLE.copies[0], asked))) == ()


def test_a_mail_appended_twice_is_one_message() -> None:
    assert judge(replace(WHOLE, appended=(*WHOLE.appended, WHOLE.appended[0]))) == ()


def test_a_letter_of_ours_that_came_back_is_set_aside() -> None:
    back = replace(WHOLE, appended=(*WHOLE.appended, Appended("o", own=True)))
    assert judge(replace(back, filed=(*WHOLE.filed, Filed("o", None)))) == ()
    assert named(back) == {"mail lost"}


def test_a_flood_may_be_collected_in_one_case() -> None:
    flood = tuple(Appended(name, flood="eve") for name in "def")
    filed = tuple(Filed(name, 3) for name in "def")
    counted = replace(WHOLE, cases=(*WHOLE.cases, THIRD), counters={"KS/2026": 3})
    whole = replace(counted, appended=WHOLE.appended + flood, filed=WHOLE.filed + filed)
    assert judge(whole) == ()
    # A complaint of somebody else must not be swallowed by it.
    swallowed = replace(whole, appended=(*whole.appended, Appended("g")))
    assert {"case not made by one complaint", "not exactly one acknowledgment"} <= named(
        replace(swallowed, filed=(*whole.filed, Filed("g", 3)))
    )


def test_moments_are_spread_over_the_whole_span_and_repeat_with_their_seed() -> None:
    found = moments(20, Random(7))
    assert found == moments(20, Random(7))
    assert {int(moment * 20) for moment in found} == set(range(20))
    assert found != sorted(found)
