"""No labelled answer acts wrongly, enough act; and what stands around one does not change it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.answers import read
from intake.reply import newtext
from tests.reading import answers
from tests.reading.score import Score

EVERY = [one for name in answers.SETS for one in answers.cases(name)]
WRAPPINGS = tomllib.loads((answers.OWN / "wrappings.toml").read_text("utf-8"))


@pytest.mark.parametrize("score", answers.scores(), ids=lambda score: score.name)
def test_answers_are_understood(score: Score) -> None:
    assert score.holds, score.misses


def test_the_set_is_large_and_hard() -> None:
    cores = {(one.language, one.core): one.plain for one in EVERY}
    assert len(EVERY) >= 500
    assert len(cores) >= 250
    assert sum(not plain for plain in cores.values()) * 2 >= len(cores)
    assert len({one.language for one in EVERY}) == 9


@given(st.sampled_from(EVERY), st.integers(0, 23))
@settings(deadline=None, max_examples=300)
def test_quotes_signature_and_notice_change_nothing(case: answers.Case, turn: int) -> None:
    body = answers.wrapped(case.core, case.language, turn, WRAPPINGS)
    alone, found = read(case.core, case.asked), read(newtext.split(body)[0], case.asked)
    assert (found.certain, found.option) == (alone.certain, alone.option)
    assert found.verdict == alone.verdict
