"""The desk as an application: its routes and what every answer carries."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.web import door, files
from desk.web.guard import Guard
from desk.web.render import Pages, folder
from desk.web.routes import PAGES
from service.wiring import Wiring


def create_app(w: Wiring) -> Starlette:
    """The desk of one installation."""
    pages = Pages()
    guard = Guard(w, pages, door.cookie_name(w.settings.desk.address))
    entrance = door.Door(w, pages, guard.cookie)
    routes = [
        Route("/login", entrance.show, methods=["GET"]),
        Route("/login", entrance.enter, methods=["POST"]),
        Route("/logout", entrance.leave, methods=["POST"]),
        Route("/files/{ticket}", files.Files(w).hand_out, methods=["GET"]),
        *(Route(p.path, guard.endpoint(p), methods=[p.method]) for p in PAGES),
        Mount("/static", StaticFiles(directory=folder() / "static")),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(OneHost, desk=w.settings.desk.address, files=w.settings.desk.files_address),
            Middleware(Headers, files=w.settings.desk.files_address),
        ],
        exception_handlers={404: _nothing_here, 405: _nothing_here},
    )


async def _nothing_here(request: Request, error: Exception) -> Response:
    return PlainTextResponse("There is nothing here.", status_code=404)


class OneHost:
    """Attachments come from their own host and pages from theirs, never the one from the other."""

    def __init__(self, app: ASGIApp, desk: str, files: str) -> None:
        self._app = app
        self._desk, self._files = urlsplit(desk).netloc, urlsplit(files).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        wanted = self._files if scope["path"].startswith("/files/") else self._desk
        if host != wanted:
            answer = PlainTextResponse("This host is not served here.", status_code=421)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Headers:
    """What every answer carries; an answer that says otherwise (a file, a frame) keeps its own."""

    def __init__(self, app: ASGIApp, files: str) -> None:
        self._app = app
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' "
            f"{files}; form-action 'self'; frame-src 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        self._always: Final = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in self._always.items()
                        if name.encode() not in present
                    ),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)
