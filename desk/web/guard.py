"""The one door of the desk: who is it, may they, was it meant. What is not listed is refused."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import AmendsError, NotAllowed, NotFound
from desk.web.render import Pages
from desk.web.visit import Visit
from service.log_in import who
from service.people import RIGHTS
from service.wiring import Wiring

UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MOST_FIELDS, _MOST_FILES, _FORM_BYTES = 200, 10, 2 * 1024 * 1024
# Exit codes of the command line as answers of the web.
_STATUS: Final[Mapping[type[AmendsError], int]] = {NotFound: 404, NotAllowed: 403}


@dataclass(frozen=True, slots=True)
class Page:
    """One route: what it needs is part of the table, so that nothing can be forgotten."""

    method: str
    path: str
    right: str
    act: Callable[[Visit], Response]


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
            session, user = found
            form = await _form(request, self.w.settings.desk.max_attachment_mb)
            visit = Visit(self.w, self.pages, request, session, user, form)
            try:
                self._check(page, visit)
                return await run_in_threadpool(page.act, visit)
            except AmendsError as error:
                return refusal(visit, error)

        return enter

    def _check(self, page: Page, visit: Visit) -> None:
        if visit.user.role not in RIGHTS[page.right]:
            raise NotAllowed(
                f"{visit.user.name} is a {visit.user.role} and may not do this",
                mend=f"ask somebody who is {' or '.join(sorted(RIGHTS[page.right]))}",
            )
        if page.method not in UNSAFE:
            return
        origin = visit.request.headers.get("origin")
        if origin is not None and origin != self.w.settings.desk.address:
            raise NotAllowed("this form was sent from another place", mend="open the desk anew")
        if not hmac.compare_digest(visit.text("csrf"), visit.session.csrf):
            raise NotAllowed("this form is too old", mend="go back, load the page again, send it")


def refusal(visit: Visit, error: AmendsError) -> Response:
    """A fault that we name, as a page: what, why, and the mend."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 409)
    return visit.page("refusal.html", status, error=error)


def _to_log_in(request: Request) -> Response:
    if request.method in UNSAFE:
        return HTMLResponse("Log in first.", status_code=403)
    return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)


async def _form(request: Request, max_attachment_mb: int) -> FormData:
    if request.method not in UNSAFE:
        return FormData()
    return await request.form(
        max_files=_MOST_FILES,
        max_fields=_MOST_FIELDS,
        max_part_size=max(_FORM_BYTES, max_attachment_mb * 1024 * 1024),
    )
