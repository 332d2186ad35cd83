"""A process of its own for bytes of strangers: little memory, little time, none of our secrets."""

from __future__ import annotations

import atexit
import multiprocessing
import resource
import threading
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from pebble import ProcessPool

from cases.errors import BadInput

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS: Final = 5
_MEMORY: Final = 1024**3
_WORKERS: Final = 2
_TASKS: Final = 200


class Child:
    """Does what is asked in another process, which is replaced when it dies or takes too long."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()

    def do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`act(...)`, a function of a module; BadInput for whatever went wrong in it."""
        future = self._running().schedule(act, args=args, kwargs=kwargs, timeout=_SECONDS)
        if fault := future.exception():
            raise BadInput("this cannot be shown", mend="read its text, or download it") from fault
        return future.result()

    def _running(self) -> ProcessPool:
        with self._lock:
            if self._pool is None or not self._pool.active:
                # Spawned, not forked: a fork would hold our sockets, secrets and locked locks.
                self._pool = ProcessPool(
                    max_workers=_WORKERS,
                    max_tasks=_TASKS,
                    initializer=_limit,
                    context=multiprocessing.get_context("spawn"),
                )
                atexit.register(self.close)
            return self._pool

    def close(self) -> None:
        """End the child; the next call starts another one."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            atexit.unregister(self.close)
            pool.stop()  # type: ignore[no-untyped-call]  # pebble has no types here
            pool.join()


CHILD: Final = Child()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
