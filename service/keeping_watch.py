"""The thread of a mailbox: look, wait for mail or for the next time, come back after faults."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from intake.errors import MailboxFault
from service.backoff import Backoff
from service.holdings import RENEW_SECONDS, Holdings
from service.watching import Watch

# A wrong password is not mended within a second, and servers lock out who insists.
_LEAST_TO_MEND: Final = 30

# Does it and tells a fault once; returns None, or whether the fault may pass by itself.
Guarded = Callable[[Callable[[], object]], bool | None]


def keep_watch(
    watch: Watch, stopping: threading.Event, guarded: Guarded, holdings: Holdings
) -> None:
    """Until `stopping`, while this node holds the mailbox. What wakes it is IDLE or the clock; what
    is new says only the look."""
    box = watch.mailbox
    backoff = Backoff(box.backoff_seconds, box.backoff_max_seconds, watch.w.chance.jitter)

    def ended() -> bool:
        return stopping.is_set() or not holdings.has(box.name)

    watch.stay()
    try:
        while not stopping.is_set():
            if not holdings.has(box.name):
                watch.drop()
                holdings.wait(RENEW_SECONDS)
                continue
            passing = guarded(watch.look)
            watch.noticed()
            if passing is None:
                _rest(watch, stopping, backoff, ended)
                continue
            watch.drop()
            least = 0.0 if passing else _LEAST_TO_MEND * box.backoff_seconds
            stopping.wait(backoff.next(min(least, box.backoff_max_seconds)))
    finally:
        watch.drop()


def _rest(
    watch: Watch, stopping: threading.Event, backoff: Backoff, ended: Callable[[], bool]
) -> None:
    seconds = watch.mailbox.poll_seconds
    try:
        idled = watch.idle(seconds, ended)
    except MailboxFault:
        # Connections end all the time. If the mailbox is away indeed, the next look tells it.
        watch.drop()
        stopping.wait(min(seconds, backoff.next()))
        return
    backoff.reset()
    if idled is None:
        stopping.wait(seconds)
