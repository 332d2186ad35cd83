"""What an SMTP server of ours took: an append-only record that several threads read and wait on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """One SMTP transaction: the envelope and the bytes between DATA and the final dot."""

    sender: str  # "" is the null sender of bounces (RFC 5321 section 4.5.5)
    recipients: tuple[str, ...]
    raw: bytes


class ReceivedMails:
    """The record itself; safe to use from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mails: list[Received] = []

    def add(self, mail: Received) -> None:
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()

    def all(self) -> tuple[Received, ...]:
        """Everything so far, in order of arrival."""
        with self._changed:
            return tuple(self._mails)

    def wait_for(
        self, enough: Callable[[Sequence[Received]], bool], seconds: float = 10.0
    ) -> tuple[Received, ...]:
        """Return all mails as soon as `enough(mails)` holds; TimeoutError after `seconds`."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self._mails), seconds):
                raise TimeoutError(f"not enough after {seconds:g} s: {len(self._mails)} mails came")
            return tuple(self._mails)
