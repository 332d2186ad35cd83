"""The blind set holds, family by family, and a miss in it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading import blind


@pytest.mark.parametrize("family", blind.JUDGES)
def test_family(family: str) -> None:
    (score,) = (one for one in blind.scores() if one.name == f"blind {family}")
    assert (score.holds, score.misses) == (True, score.misses), score.misses


def test_the_set_is_large_and_its_names_are_its_own() -> None:
    names = [(family, one.name) for family in blind.JUDGES for one in blind.mails(family)]
    assert len(names) == len(set(names)) >= 160


@pytest.mark.parametrize("family", blind.JUDGES)
def test_a_miss_is_told(family: str) -> None:
    mail = next(one for one in blind.mails(family) if one.expected or family == "replies")
    other = tuple((name, f"not {value}") for name, value in mail.expected)
    assert blind.JUDGES[family](replace(mail, expected=other, new=f"not {mail.new}"))
