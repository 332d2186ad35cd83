"""Log-in and log-out."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import NotAllowed
from desk.web.render import Pages
from service.log_in import ABSOLUTE, log_in, log_out, who
from service.wiring import Wiring

_FORM_COOKIE: Final = "amends-login"


def cookie_name(address: str) -> str:
    """`__Host-` binds the cookie to this very host, but needs TLS."""
    return "__Host-amends" if address.startswith("https:") else "amends"


@dataclass(frozen=True, slots=True)
class Door:
    """The pages that need no session."""

    w: Wiring
    pages: Pages
    cookie: str

    async def show(self, request: Request) -> Response:
        """The form, with a token that only this browser has."""
        return self._form(request.query_params.get("next", "/"))

    async def enter(self, request: Request) -> Response:
        """Name and password."""
        form = await request.form(max_files=0, max_fields=10)
        given, kept = str(form.get("csrf", "")), request.cookies.get(_FORM_COOKIE, "")
        to = str(form.get("next", "/"))
        if not kept or not hmac.compare_digest(given, kept) or not self._own(request):
            return self._form(to, "The form was too old. Please try again.", 403)
        address = request.client.host if request.client else ""
        try:
            token, _ = await run_in_threadpool(
                log_in, self.w, str(form.get("name", "")), str(form.get("password", "")), address
            )
        except NotAllowed as error:
            return self._form(to, f"{str(error).capitalize()}.", 403)
        answer = RedirectResponse(_inside(to), status_code=303)
        self._set(answer, self.cookie, token, int(ABSOLUTE.total_seconds()))
        answer.delete_cookie(_FORM_COOKIE)
        return answer

    async def leave(self, request: Request) -> Response:
        """End the session."""
        form = await request.form(max_files=0, max_fields=10)
        found = await run_in_threadpool(who, self.w, request.cookies.get(self.cookie, ""))
        fits = found and hmac.compare_digest(str(form.get("csrf", "")), found[0].csrf)
        if not found or not fits or not self._own(request):
            return HTMLResponse("Log in first.", status_code=403)
        await run_in_threadpool(log_out, self.w, found[0])
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(self.cookie)
        return answer

    def _form(self, to: str, said: str = "", status: int = 200) -> Response:
        csrf = self.w.chance.salt()
        company = self.w.settings.company.name
        facts = {"csrf": csrf, "next": _inside(to), "said": said, "company": company}
        answer = HTMLResponse(self.pages.render("login.html", facts), status_code=status)
        self._set(answer, _FORM_COOKIE, csrf, 3600)
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        secure = self.w.settings.desk.address.startswith("https:")
        answer.set_cookie(
            name, value, max_age=seconds, httponly=True, secure=secure, samesite="lax", path="/"
        )

    def _own(self, request: Request) -> bool:
        return request.headers.get("origin", self.w.settings.desk.address) == (
            self.w.settings.desk.address
        )


def _inside(to: str) -> str:
    """Only a path of the desk: "//other.example" would lead away from it."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
