"""A look at an open case as a table: R-10, R-12, R-13."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import Calendar
from cases.looking import (
    SAFETY,
    Accept,
    Act,
    Agreed,
    Alarm,
    AlarmEnds,
    Asked,
    Notice,
    Remind,
    Seen,
    TellSilence,
    look,
)
from cases.status import LETTERS, by_itself, step_of
from cases.terms import STATUS_STEPS

HOURS = {day: ((time(9), time(17)),) for day in range(5)}
WEEK = Calendar("week", ZoneInfo("UTC"), HOURS, frozenset(), frozenset(), {})
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(days: float, **about: object) -> Seen:
    """So many days after a Monday on which the customer was told, and all else happened."""
    plain = Seen(now=MONDAY + days * DAY, heard_at=MONDAY, happened_at=MONDAY)
    return replace(plain, **about)  # type: ignore[arg-type]  # fields by name


def asked(**about: object) -> Asked:
    return replace(Asked(MONDAY), **about)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("case", "agreed", "acts"),
    [
        # a notice after five business days of quiet, that is the next Monday
        (seen(4.9), Agreed(), ()),
        (seen(7), Agreed(), (Notice(),)),
        (seen(7), Agreed(interim_days=0), ()),
        (seen(7), Agreed(automatic=False), ()),
        (seen(7, owes_answer=True), Agreed(), ()),
        (seen(7, heard_at=None), Agreed(), ()),  # nothing of us ever reached him
        (seen(7, letter_waits=True), Agreed(), ()),
        (seen(7, asked=asked()), Agreed(reminder_days=(9,)), ()),
        (seen(7, promised=MONDAY + 20 * DAY), Agreed(), ()),
        (seen(7, promised=MONDAY + 1 * DAY), Agreed(), (Notice(),)),
        (seen(2), Agreed(interim_days=2), (Notice(),)),
        # reminders after 3 and 7 business days, then a task
        (seen(2.9, asked=asked()), Agreed(), ()),
        (seen(3, asked=asked()), Agreed(), (Remind(1),)),
        (seen(3, asked=asked(reminded=1)), Agreed(), ()),
        (seen(9, asked=asked(reminded=1)), Agreed(), (Remind(2),)),
        (seen(9, asked=asked()), Agreed(), (Remind(2),)),  # late ones are told as one
        (seen(9, asked=asked()), Agreed(automatic=False), ()),
        (seen(15, asked=asked(reminded=2)), Agreed(), (TellSilence(),)),
        (seen(15, asked=asked(reminded=2, silence_told=True)), Agreed(), ()),
        (seen(99, asked=asked(reminded=2, silence_told=True)), Agreed(), ()),  # never closes
        (seen(9, asked=asked()), Agreed(reminder_days=()), (TellSilence(),)),
        # what the letter said of silence
        (seen(3, asked=asked(deemed_days=10, reminded=1)), Agreed(), ()),
        (seen(10, asked=asked(deemed_days=10, reminded=2)), Agreed(), (Accept(),)),
        (seen(5.5, asked=asked(deemed_days=5, reminded=1)), Agreed(), ()),  # a Saturday
        # nothing drives it since a business day
        (seen(0.9, driven=False), Agreed(), ()),
        (seen(1, driven=False), Agreed(), (Alarm(),)),
        (seen(1, driven=False, alarmed=True), Agreed(), ()),
        (seen(1, driven=False, asked=asked()), Agreed(), ()),
        (seen(1, driven=True, alarmed=True), Agreed(), (AlarmEnds(),)),
    ],
)
def test_what_is_to_be_done(case: Seen, agreed: Agreed, acts: tuple[Act, ...]) -> None:
    found = look(case, agreed, WEEK)
    assert found.acts == acts
    assert found.again > case.now


@given(st.floats(0, 40), st.booleans(), st.booleans(), st.integers(0, 3))
def test_the_next_look_never_misses_a_moment(
    days: float, driven: bool, is_asked: bool, reminded: int
) -> None:
    """Whatever is to be done before the next look is to be done now."""
    question = asked(reminded=reminded) if is_asked else None
    case = seen(days, driven=driven, asked=question, alarmed=False)
    found = look(case, Agreed(), WEEK)
    assert case.now < found.again <= case.now + SAFETY
    just_before = replace(case, now=max(case.now, found.again - timedelta(seconds=1)))
    assert set(look(just_before, Agreed(), WEEK).acts) == set(found.acts)


def test_a_step_is_told_by_one_letter() -> None:
    assert set(LETTERS) == set(STATUS_STEPS)
    assert [step for step in LETTERS if by_itself(step)] == ["measures_started"]
    assert step_of("closing") == "closed"
    assert step_of("answer") is None
