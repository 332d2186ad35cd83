"""When a delivery that was deferred is tried again (reliability.md 4.2, greylisting / 4xx)."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_PAUSES = tuple(timedelta(minutes=m) for m in (0, 5, 15, 30, 60, 120, 240))
LATER_PAUSE = timedelta(hours=8)
GIVE_UP_AFTER = timedelta(days=5)
JITTER = 0.1


def next_attempt(attempts: int, at: datetime, jitter: float) -> datetime | None:
    """Return when to try next, after `attempts` tries of which the last was `at`; None: give up.

    `jitter` in [-1, 1] spreads the pause by up to 10 %, so that a relay that comes back is not
    met by the whole queue at once.
    """
    if not -1 <= jitter <= 1:
        raise ValueError(f"jitter must be in [-1, 1], not {jitter}")
    if sum(map(_pause, range(attempts + 1)), timedelta()) > GIVE_UP_AFTER:
        return None
    return at + _pause(attempts) * (1 + JITTER * jitter)


def _pause(attempts: int) -> timedelta:
    return FIRST_PAUSES[attempts] if attempts < len(FIRST_PAUSES) else LATER_PAUSE
