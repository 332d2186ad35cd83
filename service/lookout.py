"""What the daemon's scheduler wakes to watch over the service itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mailer.carry import Carrier
from service.alarms import Watchman, ways_of
from service.comparing import compare_due
from service.roles import EVERY_NODE
from service.round_trips import send_due
from service.sealing import seal_yesterday
from service.wiring import Wiring

_LOOK_SECONDS: Final = 15
_ROUND_TRIP_SECONDS: Final = 60
_SEAL_SECONDS: Final = 600

Act = Callable[[], object]


def sweeps(w: Wiring, out: Carrier) -> tuple[tuple[str, str, Act, int], ...]:
    """Role, name, act and seconds of each. Apart, so that a slow way out keeps no look waiting."""
    watchman = Watchman(w, ways_of(w))
    watchman.look()  # whoever asks in the first seconds gets an answer
    return (
        (EVERY_NODE, "health", watchman.look, _LOOK_SECONDS),
        (EVERY_NODE, "alarms", watchman.tell, _LOOK_SECONDS),
        ("intake", "recurrences", lambda: compare_due(w), _LOOK_SECONDS),
        ("clocks", "seals", lambda: seal_yesterday(w), _SEAL_SECONDS),
        ("clocks", "round_trips", lambda: send_due(w, out), _ROUND_TRIP_SECONDS),
    )
