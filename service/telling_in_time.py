"""Everything that is told because time has passed, in one sweep (R-10, R-12, R-13)."""

from __future__ import annotations

from typing import Final

from service.digests import send_digests
from service.looking import look_due
from service.measuring_time import strike_measures
from service.striking import strike_due
from service.wiring import Wiring

_MOST: Final = 200  # sweeps in a row: then the outbox and others have their turn


def tell_in_time(w: Wiring) -> None:
    """Clocks, measures, open cases, digests. After an outage all that is late is told, once."""
    for sweep in (strike_due, strike_measures, look_due):
        for _ in range(_MOST):
            if not sweep(w):
                break
    send_digests(w)
