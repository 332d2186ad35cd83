"""reliability.md 4.2, greylisting / 4xx: the pauses between tries, and the end after five days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailer.retry import next_attempt

AT = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 0), (1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 240), (7, 480), (8, 480), (20, 480)],
)
def test_pause_before_the_next_attempt(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, AT, 0.0) == AT + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("jitter", "minutes"), [(-1.0, 54), (-0.5, 57), (0.0, 60), (0.5, 63), (1.0, 66)]
)
def test_jitter_moves_the_pause_by_at_most_a_tenth(jitter: float, minutes: int) -> None:
    assert next_attempt(4, AT, jitter) == AT + timedelta(minutes=minutes)


def test_gives_up_after_five_days() -> None:
    at, attempts = AT, 0
    while (following := next_attempt(attempts, at, 0.0)) is not None:
        at, attempts = following, attempts + 1
    assert attempts == 21
    assert timedelta(days=4, hours=16) < at - AT <= timedelta(days=5)


def test_jitter_beyond_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="jitter"):
        next_attempt(1, AT, 1.5)
