"""Ids: time-ordered 63-bit integers, made in Python: rows can name each other before a write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

_LOW_BITS: Final = 21
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Ids:
    """42 bits of milliseconds since 1970, then 21 bits that begin at random in every millisecond.

    Two nodes meet in the same number once in two million rows of the same millisecond; the primary
    key then refuses the second and the happening is done again.
    """

    def __init__(self, now: Callable[[], datetime], random_below: Callable[[int], int]) -> None:
        self._now = now
        self._random_below = random_below
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        """Return an id greater than every one before it from this maker."""
        # Whole numbers: as a float a moment may fall into the millisecond before it.
        start = ((self._now() - _EPOCH) // timedelta(milliseconds=1)) << _LOW_BITS
        with self._lock:
            # Half of the range stays free, so that a burst in one millisecond stays in it.
            fresh = start + self._random_below(1 << (_LOW_BITS - 1))
            self._last = max(fresh, self._last + 1)
            return self._last
