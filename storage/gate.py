"""One thread of this process writes first: the others wait a moment before their transactions."""

from __future__ import annotations

import threading
import time
from typing import Final

# So long after it was closed it holds nobody: no server may hold up the registration of mails.
_PATIENCE_SECONDS: Final = 0.3


class Gate:
    """Open, until a thread closes it for the others. One thread at a time."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._owner = 0
        self._until = 0.0

    def close(self) -> None:
        """From now on only this thread begins to write at once."""
        self._owner = threading.get_ident()
        self._until = time.monotonic() + _PATIENCE_SECONDS
        self._open.clear()

    def open(self) -> None:
        """All may write again."""
        self._open.set()

    def wait(self) -> None:
        """Let the owner go first; never for long."""
        if not self._open.is_set() and threading.get_ident() != self._owner:
            self._open.wait(max(0.0, self._until - time.monotonic()))
