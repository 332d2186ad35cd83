"""The desk's web server, in a thread beside the daemon."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from cases.errors import TryLater
from desk.web.app import create_app
from service.wiring import Wiring

_STOP_SECONDS: Final = 5.0


@contextmanager
def open_desk(w: Wiring) -> Iterator[None]:
    """Serve the desk while inside; `desk.port` 0: there is none. TryLater: the port is taken."""
    settings = w.settings.desk
    if settings.port == 0:
        yield
        return
    listener = _listen(settings.host, settings.port)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(w),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.url),
            lifespan="off",
        )
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="desk", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise TryLater(
            f"the desk cannot listen on {host}:{port}: {error.strerror}",
            mend="end what listens there, or write another desk.port",
        ) from error
    return listener
