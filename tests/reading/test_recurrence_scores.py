"""R-30: the figures that the issue asks for, over our labelled set; and pictures in particular."""

from __future__ import annotations

from itertools import combinations

import pytest

from cases.sights import bands, near
from demo.picture import ring
from service.sights import sights_of
from tests.reading.drawn import TREATMENTS, blank, drawn, logo
from tests.reading.mails import FOLDER
from tests.reading.recurrence import HELD, LEARNT, labelled, scores

NAMES = [f"photo {number}" for number in range(12)]


def test_enough_is_found_and_little_is_false() -> None:
    found = scores(FOLDER)
    assert [str(score) for score in found if not score.holds] == []


def test_the_set_is_as_large_as_it_says() -> None:
    every = [case for case, _, _ in labelled((*LEARNT, *HELD))]
    assert len(every) >= 120
    assert len({case.customer for case in every}) >= 15
    groups = [(case.customer, case.group) for case in every if case.group]
    assert len(groups) - len(set(groups)) >= 40  # true recurrences
    assert all(groups.count(group) > 1 for group in groups)


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_picture_is_known_again(treatment: str) -> None:
    for name in NAMES:
        seen = sights_of(drawn(name), inline=False)
        again = sights_of(drawn(name, treatment), inline=False)
        assert near(seen, again), name
        assert set(bands(seen)) & set(bands(again)), name


def test_other_pictures_are_other_pictures() -> None:
    seen = [sights_of(drawn(name), inline=False) for name in NAMES]
    assert not any(near(one, other) for one, other in combinations(seen, 2))


def test_what_tells_nothing_has_no_sights() -> None:
    assert sights_of(blank(), inline=False) == ""
    assert sights_of(logo("x"), inline=True) == ""
    assert sights_of(drawn("x", "thumb"), inline=True) == ""
    assert sights_of(ring(), inline=False)
