"""R-20: case numbers have no gaps and are never used twice, whoever asks and whatever fails."""

from __future__ import annotations

import random
from collections.abc import Callable

from sqlalchemy import select

from storage import counters, tables
from storage.database import Database
from tests.storage.rows import at_once


class GivenUp(Exception):
    """A happening that fails after it took its number."""


def take_many(db: Database, seed: int) -> Callable[[], list[int]]:
    """Take 25 numbers in as many transactions, of which some fail."""
    chance = random.Random(seed)

    def take() -> list[int]:
        taken: list[int] = []
        for _ in range(25):
            try:
                with db.write() as tx:
                    number = counters.take(tx, "KS", 2026)
                    if chance.random() < 0.3:
                        raise GivenUp
            except GivenUp:
                continue
            taken.append(number)
        return taken

    return take


def test_no_gap_and_no_double_with_four_takers_that_fail_at_times(db: Database) -> None:
    taken = [n for some in at_once([take_many(db, seed) for seed in range(4)]) for n in some]
    assert 40 < len(taken) < 100
    assert sorted(taken) == list(range(1, len(taken) + 1))


def test_each_taker_sees_its_numbers_grow(db: Database) -> None:
    for taken in at_once([take_many(db, seed) for seed in (5, 6)]):
        assert taken == sorted(taken)


def test_a_year_that_all_begin_together_begins_once(db: Database) -> None:
    """No taker fails because another was the first."""

    def take() -> int:
        with db.write() as tx:
            return counters.take(tx, "KS", 2027)

    assert sorted(at_once([take] * 4)) == [1, 2, 3, 4]


def test_series_and_years_count_for_themselves(db: Database) -> None:
    with db.write() as tx:
        asked = [("KS", 2026), ("KS", 2026), ("KS", 2027), ("RK", 2026), ("KS", 2026)]
        assert [counters.take(tx, *one) for one in asked] == [1, 2, 1, 1, 3]
    with db.read() as connection:
        assert len(connection.execute(select(tables.counters)).all()) == 3


def test_a_first_number_that_fails_is_given_back(db: Database) -> None:
    try:
        with db.write() as tx:
            assert counters.take(tx, "KS", 2026) == 1
            raise GivenUp
    except GivenUp:
        pass
    with db.write() as tx:
        assert counters.take(tx, "KS", 2026) == 1
