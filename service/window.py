"""Behind the final dot: the one stretch in which a kill sends a letter twice (reliability.md 6 B).

Letters are carried side by side, in one event loop. A letter that has sent its dot waits for the
answer and for its commit; another that commits its own dot meanwhile holds both up. So they go
through this stretch one by one, and no mail is registered meanwhile. But not at any price: a
server that takes its time over each answer would hold up all letters.
"""

from __future__ import annotations

import asyncio
from typing import Final

from storage.gate import Gate

_PATIENCE_SECONDS: Final = 0.25


class Turn:
    """One letter's turn. `one_by_one` is shared with the letters beside it; `patience`: seconds."""

    def __init__(
        self, one_by_one: asyncio.Lock, gate: Gate, patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._lock = one_by_one
        self._gate = gate
        self._patience = patience
        self._held = False

    async def begin(self) -> None:
        """Wait until the letter before has its answer, or has waited long for it."""
        try:
            async with asyncio.timeout(self._patience):
                await self._lock.acquire()
        except TimeoutError:
            return
        self._held = True
        self._gate.close()

    def end(self) -> None:
        """Let the next one."""
        if self._held:
            self._held = False
            self._gate.open()
            self._lock.release()
