"""Attachments, by a ticket that is good for minutes: never as a page, never as a program (6 F)."""

from __future__ import annotations

import asyncio
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
from intake.attached.attachments import payload, safe_name
from service.log_in import holder
from service.people import RIGHTS
from service.pictures import Pictures, is_shown
from service.wiring import Wiring
from storage import casefile
from storage.measures import file as evidence_file
from storage.sessions import Session

_GOOD_FOR: Final = timedelta(minutes=5)
# Pictures that may wait at once for a thread; the others wait without one.
_AT_ONCE: Final = 4
_HEADERS: Final = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-site",
    "cache-control": "private, no-store",
}


def ticket(w: Wiring, session: Session, attachment_id: str | int, use: str) -> str:
    """The address of an attachment for one session: `use`: "file", "picture"; "evidence" of a
    measure, by the id of its file."""
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
    turnstile: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def hand_out(self, request: Request) -> Response:
        """The attachment, or nothing: a wrong ticket does not say what is wrong with it."""
        said = request.path_params["ticket"]
        try:
            async with self.turnstile:
                return await run_in_threadpool(self._answer, said)
        except (AmendsError, KeyError, ValueError):
            return PlainTextResponse("There is nothing here.", status_code=404, headers=_HEADERS)

    def _answer(self, said: str) -> Response:
        attachment_id, use = self._checked(said)
        with self.w.db.read() as connection:
            if use == "evidence":
                shown = evidence_file(connection, attachment_id)
                return _file(shown["name"], self.w.evidence.bytes_of(connection, shown["sha256"]))
            row, raw_sha256 = casefile.attachment(connection, attachment_id)
            if use == "picture" and not is_shown(row):
                raise KeyError(said)
        raw = self.w.evidence.read(self.w.db, raw_sha256)
        data = payload(raw, row["part"])
        return self._picture(row["sha256"], data) if use == "picture" else _file(row["name"], data)

    def _checked(self, said: str) -> tuple[int, str]:
        """The attachment and use of a ticket that we wrote and that is still good."""
        hashed, attachment_id, use, until, mac = said.split(".")
        found = holder(self.w, hashed)
        if found is None or found[1].role not in RIGHTS["view"]:
            raise KeyError(said)
        right = _mac(found[0], said.removesuffix(f".{mac}"))
        if not hmac.compare_digest(mac.encode(), right.encode()):
            raise KeyError(said)
        if int(until) < self.w.now().timestamp():
            raise KeyError(said)
        return int(attachment_id), use

    def _picture(self, sha256: str, data: bytes) -> Response:
        drawn = self.pictures.redraw(data, sha256)
        kind = "image/png" if drawn.startswith(b"\x89PNG") else "image/jpeg"
        # The frame of a formatted mail has no origin, so for it every site is another one.
        headers = {**_HEADERS, "cross-origin-resource-policy": "cross-origin"}
        return Response(drawn, media_type=kind, headers=headers)


def _file(name: str, data: bytes) -> Response:
    # Cleaned when it was read; again here, for names that an older version kept (RFC 6266).
    said = quote(safe_name(name) or "file", safe="")
    headers = {**_HEADERS, "content-disposition": f"attachment; filename*=UTF-8''{said}"}
    return Response(data, media_type="application/octet-stream", headers=headers)
