"""How long to wait before a server is asked again: longer each time, and never all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# The share of a pause by which chance moves it, so that nodes do not come back together.
_JITTER = 0.2


@dataclass(slots=True)
class Backoff:
    """Pauses in seconds: `first`, then twice as long each time, up to `most`."""

    first: float
    most: float
    jitter: Callable[[], float]  # -1 to 1
    tries: int = 0

    def next(self, least: float = 0.0) -> float:
        """The next pause, at least about `least`."""
        # Not 2**tries: after weeks without the server that is no float any more.
        pause: float = max(least, min(self.most, self.first * 2 ** min(self.tries, 30)))
        self.tries += 1
        return pause * (1 + _JITTER * self.jitter())

    def reset(self) -> None:
        """The server answers again."""
        self.tries = 0
