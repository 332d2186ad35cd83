"""An asyncio event loop in a thread of its own: servers inside a synchronous program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines for other threads. Servers started inside one live until `stop`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, Result], seconds: float = 15.0) -> Result:
        """Run `work` in the loop and return its result; TimeoutError after `seconds`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        """Cancel whatever still runs, end the thread, free the loop."""
        self.call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _cancel_all(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        # Closed transports tell their protocols in the next rounds of the loop, not at once.
        for _ in range(3):
            await asyncio.sleep(0)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()
