"""The desk's web server, in a thread beside the daemon."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from cases.errors import TryLater
from desk.web.app import create_app
from desk.web.health import only_probes
from desk.web.origin import is_secure
from service.wiring import Wiring

_STOP_SECONDS: Final = 5.0
_MOST_AT_ONCE: Final = 500
_BACKLOG: Final = 128
_BELIEVED: Final = ["127.0.0.1", "::1"]


class Server(uvicorn.Server):
    """One that looks around once a second: ten times cost half of what an idle service takes."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):  # 0: it also renews the Date of its answers
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._over.wait()

    def stop(self) -> None:
        """End; from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._over.set)


@contextmanager
def open_desk(w: Wiring) -> Iterator[None]:
    """Serve the desk while inside; `desk.port` 0: there is none, and `health.port` serves what
    watchers ask for. TryLater: the port is taken."""
    desk, health = w.settings.desk, w.settings.health
    if desk.port:
        # https means that a web server stands before us; it must be on this machine to be
        # believed about whom it speaks for, else guesses are counted as from one address.
        proxied = is_secure(desk.address)
        with _serving(create_app(w), "desk", desk.host, desk.port, proxied=proxied):
            yield
    elif health.port:
        with _serving(only_probes(w), "health", health.host, health.port, proxied=False):
            yield
    else:
        yield


@contextmanager
def _serving(app: ASGIApp, name: str, host: str, port: int, *, proxied: bool) -> Iterator[None]:
    listener = _listen(name, host, port)
    server = Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=proxied,
            forwarded_allow_ips=_BELIEVED,
            lifespan="off",
            http="h11",
            ws="none",
            limit_concurrency=_MOST_AT_ONCE,
            timeout_graceful_shutdown=int(_STOP_SECONDS) - 1,
        )
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join(_STOP_SECONDS)
        listener.close()


def _listen(name: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # At once: who comes before the server turns waits, and is not refused.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise TryLater(
            f"the {name} cannot listen on {host}:{port}: {error.strerror}",
            mend=f"end what listens there, or write another {name}.port",
        ) from error
    return listener
