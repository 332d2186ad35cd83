"""Log-in and log-out."""

from __future__ import annotations

import asyncio
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import BadInput, NotAllowed
from desk.web.form import read_form
from desk.web.origin import is_secure, origin
from desk.web.render import Pages
from service.log_in import ABSOLUTE, log_in, log_out, who
from service.wiring import Wiring

_FORM_BYTES: Final = 16 * 1024
_FORM_SECONDS: Final = 3600
# argon2 takes 64 MiB and all cores: strangers may not ask for more than this at once.
_AT_ONCE: Final = 2
# Visible ASCII after one slash: browsers read "/\t/host", "/\\host" and "//host" as a host.
_INSIDE: Final = re.compile(r"/(?:[^/\\\x00-\x20\x7f-\U0010ffff][^\\\x00-\x20\x7f-\U0010ffff]*)?")


def cookie_name(address: str, name: str = "amends") -> str:
    """`__Host-` binds the cookie to this very host, but needs TLS."""
    return f"__Host-{name}" if is_secure(address) else name


@dataclass(frozen=True, slots=True)
class Door:
    """The pages that need no session."""

    w: Wiring
    pages: Pages
    cookie: str
    turnstile: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def show(self, request: Request) -> Response:
        """The form, with a token that only this browser has."""
        return self._form(request.query_params.get("next", "/"))

    async def enter(self, request: Request) -> Response:
        """Name and password."""
        try:
            form = await read_form(request, _FORM_BYTES, fields=10)
        except BadInput as error:
            return self._form("/", f"{error.what.capitalize()}.", 413)
        said = {name: str(form.get(name, "")) for name in ("csrf", "next", "name", "password")}
        kept = request.cookies.get(self._form_cookie, "")
        if not kept or not _same(said["csrf"], kept) or not self._own(request):
            return self._form(said["next"], "The form was too old. Please try again.", 403)
        address = request.client.host if request.client else ""
        try:
            async with self.turnstile:
                token, _ = await run_in_threadpool(
                    log_in, self.w, said["name"], said["password"], address
                )
        except NotAllowed as error:
            return self._form(said["next"], f"{str(error).capitalize()}.", 403)
        # Whoever used this browser before is out: a session never changes its person.
        if before := await run_in_threadpool(who, self.w, request.cookies.get(self.cookie, "")):
            await run_in_threadpool(log_out, self.w, before[0])
        answer = RedirectResponse(inside(said["next"]), status_code=303)
        self._set(answer, self.cookie, token, int(ABSOLUTE.total_seconds()))
        self._set(answer, self._form_cookie, "", 0)
        return answer

    async def leave(self, request: Request) -> Response:
        """End the session."""
        try:
            form = await read_form(request, _FORM_BYTES, fields=10)
        except BadInput:
            return HTMLResponse("Log in first.", status_code=403)
        found = await run_in_threadpool(who, self.w, request.cookies.get(self.cookie, ""))
        fits = found and _same(str(form.get("csrf", "")), found[0].csrf)
        if not found or not fits or not self._own(request):
            return HTMLResponse("Log in first.", status_code=403)
        await run_in_threadpool(log_out, self.w, found[0])
        answer = RedirectResponse("/login", status_code=303)
        self._set(answer, self.cookie, "", 0)
        return answer

    @property
    def _form_cookie(self) -> str:
        return cookie_name(self.w.settings.desk.address, "amends-login")

    def _form(self, to: str, said: str = "", status: int = 200) -> Response:
        csrf = self.w.chance.salt()
        company = self.w.settings.company.name
        facts = {"csrf": csrf, "next": inside(to), "said": said, "company": company}
        answer = HTMLResponse(self.pages.render("login.html", facts), status_code=status)
        self._set(answer, self._form_cookie, csrf, _FORM_SECONDS)
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        # A `__Host-` cookie is only taken, and only taken away, with Secure and this path.
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=True,
            secure=is_secure(self.w.settings.desk.address),
            samesite="lax",
            path="/",
        )

    def _own(self, request: Request) -> bool:
        ours = origin(self.w.settings.desk.address)
        return request.headers.get("origin", ours) == ours


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode(), kept.encode())


def inside(to: str) -> str:
    """Only a path of the desk: "//other.example" would lead away from it."""
    return to if len(to) <= 500 and _INSIDE.fullmatch(to) else "/"
