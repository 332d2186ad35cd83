"""R-8: the due times of due_times.toml, by `cases/` and by walking minute after minute."""

from __future__ import annotations

import pytest

from cases.duration import Duration, due
from cases.reckoning import reckon
from tests.cases import minutes
from tests.cases.due_table import ROWS, SITES, Row, calendar, site

IDS = [f"{row.site}-{row.start}-{row.time}" for row in ROWS]


def test_the_table_is_large_and_says_nothing_twice() -> None:
    assert len(ROWS) >= 200
    assert len({(row.site, row.start, row.time) for row in ROWS}) == len(ROWS)
    assert {row.site for row in ROWS} == SITES.keys()


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_due(row: Row) -> None:
    of_row = calendar(row.site)
    found = due(row.started, Duration.parse(row.time), of_row)
    assert found.at.isoformat(timespec="minutes") == row.due, row.why
    assert reckon(row.started, Duration.parse(row.time), of_row).at == found.at


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_due_by_walking(row: Row) -> None:
    amount, _, unit = row.time.partition(" ")
    found = minutes.due(site(row.site), row.started, int(amount), unit)
    assert found.isoformat(timespec="minutes") == row.due, row.why
