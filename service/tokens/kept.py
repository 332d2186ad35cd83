"""Tokens in memory: fetched before they end, and anew when a mail server does not take one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cases.errors import TryLater
from config.tokens import Mechanism

_MARGIN_SECONDS: Final = 300.0
_MARGIN_SHARE: Final = 0.2  # of a token that lives shortly


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it was given out, good for so many seconds."""

    token: str = field(repr=False)
    seconds: float


@dataclass(slots=True)
class KeptTokens:
    """See config.tokens.Tokens. `fetch` asks the provider; `advise` says what its and the mail
    server's words mean (and gets the token, for what stands in it)."""

    fetch: Callable[[], Issued] = field(repr=False)
    advise: Callable[[str, str], str] = field(repr=False)
    mechanism: Mechanism = "xoauth2"
    monotonic: Callable[[], float] = time.monotonic
    _held: Issued | None = field(default=None, repr=False)
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def token(self) -> str:
        """A token that is good for some minutes; at a bad moment, one that is still good."""
        with self._lock:
            held = self._held
            if held is None:
                return self._new()
            left = self._until - self.monotonic()
            if left > min(_MARGIN_SECONDS, held.seconds * _MARGIN_SHARE):
                return held.token
            try:
                return self._new()
            except TryLater:
                if left <= 0:
                    raise
                return held.token

    def renew(self, refused: str) -> str:
        """Another token; two that were refused the same get the same new one."""
        with self._lock:
            if self._held is None or self._held.token == refused:
                return self._new()
            return self._held.token

    def mend(self, said: str) -> str:
        """What to do about these words of a mail server."""
        held = self._held
        return self.advise(said, held.token if held else "")

    def _new(self) -> str:
        asked = self.monotonic()  # before: the answer takes a part of the token's life
        issued = self.fetch()
        self._held, self._until = issued, asked + issued.seconds
        return issued.token
