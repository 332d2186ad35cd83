"""P8, the short run: machines that answer our letters are not answered for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.mail import Screened
from service import newcomers, reading
from service.robots import Robots
from tests.fault.loops import run
from tests.fault.robots import MACHINES


def test_no_machine_is_written_to_again_and_again(tmp_path: Path) -> None:
    day = run(tmp_path, hours=3)
    assert day.faults == [], str(day)
    assert len(MACHINES) >= 12
    # All answered, but for the one whose answer would go to nobody.
    silent = MACHINES.keys() - day.answers.keys()
    assert silent <= {"vacation", "daemon"}, str(day)
    assert day.most == 2


def test_a_service_that_answers_every_unmarked_machine_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Robots, "repeats_itself", lambda self, arrived: False)
    day = run(tmp_path, hours=0.1)
    assert any("tickets-bare" in fault for fault in day.faults), str(day)


def test_a_service_that_screens_nothing_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "screen", lambda mail, own: Screened("complaint", "all are"))
    monkeypatch.setattr(newcomers, "may_acknowledge", lambda mail: (True, ""))
    day = run(tmp_path, hours=0.1)
    for address in ("robot@tickets.example", "noreply@robots.example"):
        assert any(address in fault for fault in day.faults), str(day)
