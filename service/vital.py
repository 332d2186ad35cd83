"""What this process knows of its own health and keeps nowhere else: loops, looks, mailboxes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from service.mailbox_state import MailboxState

LIVE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. `kind` names it for ever: no person stands in it.

    `alarms`: operators are called; else it only makes the service not ready.
    """

    kind: str
    what: str
    alarms: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What one look found. `judged`: the kinds that it could judge at all."""

    at: datetime
    findings: tuple[Finding, ...]
    judged: frozenset[str]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Vital:
    """The signs of life of one process; any thread may write them."""

    monotonic: Callable[[], float] = time.monotonic
    started_at: datetime | None = None
    report: Report | None = None
    mailboxes: dict[str, MailboxState] = field(default_factory=dict)
    _busy: dict[str, float] = field(default_factory=dict)
    _beats: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def beat(self, loop: str) -> None:
        """The loop has turned."""
        with self._lock:
            self._beats[loop] = self.monotonic()
            if loop in self._busy:
                self._busy[loop] = self._beats[loop]

    @contextmanager
    def busy(self, loop: str) -> Iterator[None]:
        """The loop does something; between such times it waits, and that may be long."""
        with self._lock:
            self._busy[loop] = self.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._busy.pop(loop, None)
                self._beats[loop] = self.monotonic()

    def stuck(self, limits: Mapping[str, float], *, must_beat: str) -> dict[str, int]:
        """Loops that have done one thing for longer than their limit, and `must_beat` when it has
        not turned at all; with the seconds. Loops without a limit are not judged."""
        now = self.monotonic()
        with self._lock:
            busy, beats = dict(self._busy), dict(self._beats)
        told = {
            loop: int(now - since)
            for loop, since in busy.items()
            if loop in limits and now - since > limits[loop]
        }
        if must_beat in beats and now - beats[must_beat] > LIVE_SECONDS:
            told[must_beat] = int(now - beats[must_beat])
        return told
