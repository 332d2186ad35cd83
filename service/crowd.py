"""Who has many mails waiting: they let those of other senders go before (reliability.md 4.3).

Only the order depends on this, so it is kept in memory: after a start, and for a mail whose sender
is not found here, it is the order of arrival.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Final

_HEAD: Final = 64 * 1024
_FROM: Final = re.compile(rb"^from:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_ADDRESS: Final = re.compile(rb"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")


def claimed_sender(data: bytes) -> bytes:
    """Whom a mail names as its sender, at first sight; b"" for nobody. Who wrote it indeed, says
    its parser, in a process of its own; this may be wrong and must not be slow."""
    found = _FROM.search(data[:_HEAD].partition(b"\r\n\r\n")[0])
    return (_ADDRESS.findall(found[1]) or [b""])[-1].lower() if found else b""


class Crowd:
    """The mails that wait to be registered, by sender. Any thread may ask."""

    def __init__(self) -> None:
        self._senders: dict[str, bytes] = {}  # by sha256, in the order of arrival
        self._waiting: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def came(self, mails: Iterable[tuple[str, bytes]]) -> None:
        """These wait now: sha256 and bytes."""
        claimed = [(sha256, claimed_sender(data)) for sha256, data in mails]
        with self._lock:
            for sha256, sender in claimed:
                if sender and sha256 not in self._senders:
                    self._senders[sha256] = sender
                    self._waiting[sender] += 1

    def gone(self, sha256s: Iterable[str]) -> None:
        """These wait no more."""
        with self._lock:
            for sha256 in sha256s:
                sender = self._senders.pop(sha256, b"")
                if sender:
                    self._waiting[sender] -= 1
                    if not self._waiting[sender]:
                        del self._waiting[sender]

    def others(self, many: int, most: int) -> list[str]:
        """When a sender has more than `many` mails waiting: up to `most` mails of those who do
        not, oldest first. Otherwise nobody needs to go before."""
        with self._lock:
            crowds = {sender for sender, count in self._waiting.items() if count > many}
            if not crowds:
                return []
            quiet = (one for one, sender in self._senders.items() if sender not in crowds)
            return [one for one, _ in zip(quiet, range(most), strict=False)]
