"""Attachments, by a ticket that is good for minutes: never as a page, never as a program (6 F)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cases.errors import AmendsError
from intake.parse import payload
from service.people import RIGHTS
from service.pictures import SHOWN, Pictures
from service.wiring import Wiring
from storage import casefile, sessions
from storage.sessions import Session

_GOOD_FOR: Final = timedelta(minutes=5)
_HEADERS: Final = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "private, no-store",
}


def ticket(w: Wiring, session: Session, attachment_id: str | int, use: str) -> str:
    """The address of an attachment for one session: `use` is "file" or "picture"."""
    until = int((w.now() + _GOOD_FOR).timestamp())
    said = f"{session.token_hash}.{attachment_id}.{use}.{until}"
    return f"{w.settings.desk.files_address}/files/{said}.{_mac(session, said)}"


def _mac(session: Session, said: str) -> str:
    # The session's own secret: logging out ends its tickets too.
    return hmac.new(session.csrf.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Files:
    """Hands out what a ticket names."""

    w: Wiring
    pictures: Pictures = field(default_factory=Pictures)

    async def hand_out(self, request: Request) -> Response:
        """The attachment, or nothing: a wrong ticket does not say what is wrong with it."""
        try:
            return await run_in_threadpool(self._answer, request.path_params["ticket"])
        except (AmendsError, KeyError, ValueError):
            return PlainTextResponse("There is nothing here.", status_code=404, headers=_HEADERS)

    def _answer(self, said: str) -> Response:
        token_hash, attachment_id, use, until, mac = said.split(".")
        with self.w.db.read() as connection:
            found = sessions.find(connection, token_hash)
            if found is None or not hmac.compare_digest(mac, _mac(found[0], said[: -len(mac) - 1])):
                raise KeyError(said)
            if int(until) < self.w.now().timestamp() or found[1].role not in RIGHTS["view"]:
                raise KeyError(said)
            row, sha256 = casefile.attachment(connection, int(attachment_id))
            raw = self.w.evidence.bytes_of(connection, sha256)
        data = payload(raw, row["part"])
        if use == "picture":
            return self._picture(row["content_type"], data)
        name = quote(row["name"], safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", **_HEADERS}
        return Response(data, media_type="application/octet-stream", headers=headers)

    def _picture(self, content_type: str, data: bytes) -> Response:
        if content_type not in SHOWN:
            raise KeyError(content_type)
        drawn = self.pictures.redraw(data)
        kind = "image/png" if drawn.startswith(b"\x89PNG") else "image/jpeg"
        return Response(drawn, media_type=kind, headers=_HEADERS)
