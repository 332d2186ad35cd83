"""One request of one user, as the pages see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import BadInput
from desk.web.render import Pages
from service.people import RIGHTS
from service.wiring import Wiring
from storage.records import User
from storage.sessions import Session


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for what. `form` is empty for pages that are only looked at."""

    w: Wiring
    pages: Pages
    request: Request
    session: Session
    user: User
    form: FormData

    @property
    def path(self) -> Mapping[str, str]:
        """The named parts of the path."""
        return self.request.path_params

    def text(self, name: str) -> str:
        """A field of the form, without white space around it; "" when it is not there."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A field of the form or a part of the path that must be a whole number."""
        value = self.path.get(name) or self.text(name)
        try:
            return int(value)
        except ValueError as error:
            raise BadInput(f"{name} must be a whole number") from error

    def files(self, name: str) -> list[UploadFile]:
        """Uploaded files of a field."""
        found = (value for value in self.form.getlist(name) if isinstance(value, UploadFile))
        return [value for value in found if value.filename]

    def may(self, right: str) -> bool:
        """Whether the user has this right: pages show only what can be done."""
        return self.user.role in RIGHTS[right]

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """A page of the desk."""
        shared = {
            "user": self.user,
            "csrf": self.session.csrf,
            "may": self.may,
            "now": self.w.now(),
            "zone": self.w.timezone,
            "at": self.request.url.path,
            "said": self.request.query_params.get("said", ""),
        }
        return HTMLResponse(self.pages.render(template, {**shared, **facts}), status_code=status)

    def go(self, to: str, said: str = "") -> Response:
        """After a form: look at `to`, with a word about what was done."""
        separator = "&" if "?" in to else "?"
        return RedirectResponse(f"{to}{separator}said={said}" if said else to, status_code=303)
