"""Ids: greater than those before, 63 bits, in the order of time whoever makes them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.ids import Ids
from tests.storage.rows import NOW, at_once

_HOUR = timedelta(hours=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=139 * 365)).map(lambda since: _1970 + since)


def test_a_burst_in_one_millisecond_grows_and_stays_in_it() -> None:
    ids = Ids(lambda: NOW, lambda limit: limit - 1)  # the worst of luck: from the very end
    burst = [ids.next() for _ in range(100_000)]
    assert burst == sorted(set(burst))
    later = Ids(lambda: NOW + timedelta(milliseconds=1), lambda _: 0)
    assert burst[-1] < later.next()


@given(moments, st.integers(0))
def test_an_id_fits_a_signed_column(moment: datetime, luck: int) -> None:
    number = Ids(lambda: moment, lambda limit: luck % limit).next()
    assert 0 <= number < 2**63


@given(
    moments,
    st.timedeltas(timedelta(milliseconds=1), timedelta(days=30)),
    st.integers(0),
    st.integers(0),
)
def test_ids_of_two_makers_are_in_the_order_of_time(
    moment: datetime, wait: timedelta, one: int, other: int
) -> None:
    before = Ids(lambda: moment, lambda limit: one % limit)
    after = Ids(lambda: moment + wait, lambda limit: other % limit)
    assert before.next() < after.next()


def test_a_clock_that_is_put_back_makes_no_id_smaller() -> None:
    clock = iter([NOW, NOW + _HOUR, NOW, NOW - _HOUR, NOW + 2 * _HOUR])
    ids = Ids(lambda: next(clock), random.Random(7).randrange)
    made = [ids.next() for _ in range(5)]
    assert made == sorted(set(made))


def test_threads_get_different_ids() -> None:
    ids = Ids(lambda: NOW, lambda _: 0)

    def thousand() -> list[int]:
        return [ids.next() for _ in range(1000)]

    made = at_once([thousand] * 4)
    assert len({one for some in made for one in some}) == 4000
    assert all(some == sorted(some) for some in made)
