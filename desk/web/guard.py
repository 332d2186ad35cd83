"""The one door of the desk: who is it, may they, was it meant. What is not listed is refused."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import AmendsError, NotAllowed, NotFound, Stale, TryLater
from desk.web.form import TooMuch, read_form
from desk.web.origin import origin
from desk.web.render import Pages
from desk.web.visit import Visit
from service import journal
from service.log_in import who
from service.people import RIGHTS
from service.wiring import Wiring

UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MOST_FIELDS: Final = 200
MOST_FILES: Final = 10
FORM_BYTES: Final = 2 * 1024 * 1024
# Exit codes of the command line as answers of the web.
_STATUS: Final[Mapping[type[AmendsError], int]] = {
    NotFound: 404,
    NotAllowed: 403,
    TooMuch: 413,
    Stale: 409,
    TryLater: 503,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One route: what it needs is part of the table, so that nothing can be forgotten."""

    method: str
    path: str
    right: str
    act: Callable[[Visit], Response]
    files: bool = False  # whether its form may carry files

    def __post_init__(self) -> None:
        if self.right not in RIGHTS or self.method not in UNSAFE | {"GET"}:
            raise ValueError(f"{self.path} needs a method and a right of service.people.RIGHTS")


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets through what has a session, the right, and (for acts) the token of its form."""

    w: Wiring
    pages: Pages
    cookie: str

    def endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The page as the router calls it."""

        async def enter(request: Request) -> Response:
            found = await run_in_threadpool(who, self.w, request.cookies.get(self.cookie, ""))
            if found is None:
                return _to_log_in(request)
            visit = Visit(self.w, self.pages, request, *found, FormData())
            try:
                self._check_right(page, visit)
                if page.method not in UNSAFE:
                    return await run_in_threadpool(page.act, visit)
                return await self._act(page, visit)
            except AmendsError as error:
                return refusal(visit, error)

        return enter

    async def _act(self, page: Page, visit: Visit) -> Response:
        self._check_origin(visit)
        # Letters carry new files, and in base64 those of the preview before; imports one.
        files = MOST_FILES if page.files else 0
        room = self.w.settings.desk.max_attachment_mb * 1024**2 * 7 // 3
        most = FORM_BYTES + (room if files else 0)
        form = await read_form(visit.request, most, fields=MOST_FIELDS, files=files)
        try:
            visit = replace(visit, form=form)
            _check_token(visit)
            return await run_in_threadpool(page.act, visit)
        finally:
            await form.close()

    def _check_right(self, page: Page, visit: Visit) -> None:
        if visit.user.role not in RIGHTS[page.right]:
            raise NotAllowed(
                f"{visit.user.name} is a {visit.user.role} and may not do this",
                mend=f"ask somebody who is {' or '.join(sorted(RIGHTS[page.right]))}",
            )

    def _check_origin(self, visit: Visit) -> None:
        said = visit.request.headers.get("origin")
        if said is not None and said != origin(self.w.settings.desk.address):
            raise NotAllowed("this form was sent from another place", mend="open the desk anew")


def _check_token(visit: Visit) -> None:
    if not hmac.compare_digest(visit.text("csrf").encode(), visit.session.csrf.encode()):
        raise NotAllowed("this form is too old", mend="go back, load the page again, send it")


def refusal(visit: Visit, error: AmendsError) -> Response:
    """A fault that we name, as a page: what, why, and the mend."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 409)
    if status == 503:
        # It names servers and tables: that is for the operators, not for every screen.
        journal.warn("desk_waits", error=error.what)
        error = TryLater("the desk cannot do this at the moment", mend="try again in a minute")
    return visit.page("refusal.html", status, error=error)


def _to_log_in(request: Request) -> Response:
    if request.method in UNSAFE:
        return HTMLResponse("Log in first.", status_code=403)
    return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
