"""Mail that was set aside, and a mail as its writer formatted it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from desk.web.files import ticket
from desk.web.formatted import cleaned
from desk.web.pages.work import page
from desk.web.visit import Visit
from intake.attached.mails import attached_mails
from intake.attached.openers import MAILS
from intake.errors import Unreadable
from intake.mail import Mail
from intake.mime import tree as mime
from intake.parse import bare, read
from intake.text.formatted import html_part
from service.pictures import is_shown
from storage import casefile, worklist
from storage.database import Connection

_MOST_MAILS: Final = 20


def aside(visit: Visit) -> Response:
    """Every mail that is no case, each with the reason."""
    with visit.w.db.read() as connection:
        found = worklist.aside(connection, page(visit))
    return visit.page("aside.html", mails=found)


def formatted(visit: Visit) -> Response:
    """The HTML part, cleaned and framed."""
    with visit.w.db.read() as connection:
        message = casefile.message(connection, visit.number("message"))
        files = casefile.attachments(connection, message["id"])
        number, raw = _kept(visit, connection, message)
    html = html_part(raw)
    pictures = {
        one["content_id"].strip("<>"): ticket(visit.w, visit.session, one["id"], "picture")
        for one in files
        if one["content_id"] and is_shown(one)
    }
    return visit.page(
        "formatted.html",
        message=message,
        number=number,
        html=None if html is None else cleaned(html, pictures),
    )


def attached(visit: Visit) -> Response:
    """The mails attached to a mail, each with its head and text."""
    with visit.w.db.read() as connection:
        message = casefile.message(connection, visit.number("message"))
        number, raw = _kept(visit, connection, message)
    found = list(attached_mails(mime.parse(raw)))
    return visit.page(
        "attached.html",
        message=message,
        number=number,
        mails=[_read(one.raw) for one in found[:_MOST_MAILS]],
        more=len(found) - _MOST_MAILS,
    )


def may_be_mail(file: Mapping[str, Any]) -> bool:
    """Whether an attachment looks like a mail, by what was said of it."""
    name = str(file["name"]).lower()
    return file["content_type"] in MAILS or name.endswith((".eml", ".msg"))


def _kept(visit: Visit, connection: Connection, message: Mapping[str, Any]) -> tuple[str, bytes]:
    """The number of the case of a message, and its raw mail; nothing of what there is not."""
    case = casefile.by_id(connection, message["case_id"]) if message["case_id"] else None
    sha256 = message["raw_sha256"]
    raw = visit.w.evidence.bytes_of(connection, sha256) if sha256 else b""
    return (case.number if case else ""), raw


def _read(raw: bytes) -> Mail:
    try:
        return read(raw)
    except Unreadable:
        return bare(raw, hashlib.sha256(raw).hexdigest())
