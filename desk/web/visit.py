"""One request of one user, as the pages see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.errors import BadInput, NotFound
from desk.web.render import Pages
from mailer.compose import Attachment
from mailer.sendable import sendable
from service.people import RIGHTS
from service.wiring import Wiring
from storage.records import User
from storage.sessions import Session

# Controls that no keyboard writes and PostgreSQL does not keep; tabs and line ends stay.
_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SAID: Final = re.compile(r"[a-z_ ]{1,40}")
_IDS: Final = 2**63


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
        if not isinstance(value, str):
            return ""
        return _HIDDEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()

    def number(self, name: str) -> int:
        """A field of the form or a part of the path that must be a whole number."""
        value = self.path.get(name) or self.text(name)
        try:
            number = int(value[:30])
        except ValueError as error:
            raise BadInput(f"{name} must be a whole number") from error
        if not 0 <= number < _IDS:
            raise NotFound(f"there is no {name} {number}")
        return number

    def files(self, name: str) -> list[UploadFile]:
        """Uploaded files of a field."""
        found = (value for value in self.form.getlist(name) if isinstance(value, UploadFile))
        return [value for value in found if value.filename]

    def attachments(self, name: str) -> tuple[Attachment, ...]:
        """Uploaded files of a field that may leave with a letter; BadInput says which may not."""
        found = tuple(
            Attachment(
                one.filename or "", one.content_type or "application/octet-stream", one.file.read()
            )
            for one in self.files(name)
        )
        sendable(found, limit=self.w.settings.desk.max_attachment_mb * 1024**2)
        return found

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
            "said": self._said(),
        }
        return HTMLResponse(self.pages.render(template, {**shared, **facts}), status_code=status)

    def go(self, to: str, said: str = "") -> Response:
        """After a form: look at `to`, with a word about what was done."""
        path, _, fragment = to.partition("#")
        separator = "&" if "?" in path else "?"
        where = f"{path}{separator}said={quote(said)}" if said else path
        return RedirectResponse(f"{where}#{fragment}" if fragment else where, status_code=303)

    def _said(self) -> str:
        """What `go` said; a link from elsewhere could put its own words on our page."""
        said = self.request.query_params.get("said", "")
        inside = self.request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        return said if inside and _SAID.fullmatch(said) else ""
