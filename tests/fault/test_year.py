"""The simulated year, the short run (R-7, R-10, R-12), and judges that must not be blind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fault.year import run
from tests.fault.year_acts import ACTS
from tests.fault.year_wrong import WRONG


def test_everything_is_told_once_and_in_time(tmp_path: Path) -> None:
    year = run(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}", cases=50, days=14, seed=23)
    assert year.faults == [], str(year)
    assert year.restarts == len(year.away) >= 2, str(year)
    assert year.warnings > 100, str(year)
    assert year.escalations > 50, str(year)
    assert len(year.acts) >= len(ACTS) - 3, str(year)


@pytest.mark.parametrize("name", WRONG)
def test_a_service_that_is_wrong_is_caught(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wrong, told = WRONG[name]
    make_wrong(monkeypatch)
    year = run(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}", cases=15, days=8, seed=23)
    assert any(told in fault for fault in year.faults), str(year)
