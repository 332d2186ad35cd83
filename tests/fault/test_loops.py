"""P8, the short run: machines that answer our letters are not answered for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import arrival
from tests.fault.loops import ROBOTS, run


def test_no_machine_is_written_to_again_and_again(tmp_path: Path) -> None:
    day = run(tmp_path, hours=3)
    assert day.faults == [], str(day)
    # Two installations wrote to every robot that may be answered at all, and they answered.
    assert len(ROBOTS) >= 12
    assert day.answers >= 2 * len(ROBOTS) - 4, str(day)


def test_a_service_that_answers_every_machine_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "repeats_itself", lambda h, arrived: False)
    day = run(tmp_path, hours=1)
    assert any("tickets-bare" in fault for fault in day.faults), str(day)
