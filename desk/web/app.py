"""The desk as an application: its routes and what every answer carries."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.errors import AmendsError
from desk.web import door, files
from desk.web.guard import Guard
from desk.web.health import Probes
from desk.web.origin import host, is_secure, origin
from desk.web.render import Pages, folder
from desk.web.routes import PAGES
from service import journal
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
    desk, of_files = w.settings.desk.address, w.settings.desk.files_address
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Headers, desk=desk, files=of_files),
            Middleware(Wall),
            Middleware(Probes, w=w),
            Middleware(OneHost, desk=desk, files=of_files),
        ],
        exception_handlers={
            404: _nothing_here,
            405: _nothing_here,
            ClientDisconnect: _gone,
            AmendsError: _not_now,
        },
    )
    # "/cases/" is no page; a redirection would answer before anybody has logged in.
    app.router.redirect_slashes = False
    return app


async def _nothing_here(request: Request, error: Exception) -> Response:
    return PlainTextResponse("There is nothing here.", status_code=404)


async def _gone(request: Request, error: Exception) -> Response:
    return PlainTextResponse("", status_code=400)


async def _not_now(request: Request, error: Exception) -> Response:
    journal.warn("desk_waits", error=error)
    return PlainTextResponse("The desk cannot do this now. Try again in a minute.", status_code=503)


class Wall:
    """The last wall of the desk: a fault of ours ends one answer, and is told to the log.

    Starlette's own would answer without our headers and log all that the fault quotes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last wall of the desk: a 500 tells nothing
            # Its place, not its words: they may quote a letter, a token or a password.
            place = RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
            route = getattr(scope.get("route"), "path", "")
            journal.fault("desk_fault", place, method=scope["method"], route=route)
            if not begun:
                told = "The desk made a mistake. Its operator finds it in the log."
                await PlainTextResponse(told, status_code=500)(scope, receive, send)


class OneHost:
    """Attachments come from their own host and pages from theirs, never the one from the other."""

    def __init__(self, app: ASGIApp, desk: str, files: str) -> None:
        self._app = app
        self._desk, self._files = origin(desk), origin(files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        wanted = self._files if scope["path"].startswith("/files/") else self._desk
        scheme, _, name = wanted.partition("://")
        if host(said, scheme) != name:
            answer = PlainTextResponse("This host is not served here.", status_code=421)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Headers:
    """What every answer carries; an answer that says otherwise (a file, a frame) keeps its own."""

    def __init__(self, app: ASGIApp, desk: str, files: str) -> None:
        self._app = app
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' "
            f"{origin(files)}; form-action 'self'; frame-src 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        always = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        }
        if is_secure(desk):
            always["strict-transport-security"] = "max-age=31536000"
        self._always: Final = {name.encode(): value.encode() for name, value in always.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = ((n, v) for n, v in self._always.items() if n not in present)
                message["headers"] = [*message["headers"], *added]
            await send(message)

        if scope["type"] == "http":
            await self._app(scope, receive, with_headers)
