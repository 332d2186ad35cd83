"""Mail that was set aside, and a mail as its writer formatted it."""

from __future__ import annotations

from starlette.responses import Response

from desk.web.files import ticket
from desk.web.formatted import cleaned
from desk.web.pages.work import page
from desk.web.visit import Visit
from intake.formatted import html_part
from service.pictures import SHOWN
from storage import casefile, worklist


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
        case = casefile.by_id(connection, message["case_id"]) if message["case_id"] else None
        raw = (
            visit.w.evidence.bytes_of(connection, message["raw_sha256"])
            if message["raw_sha256"]
            else b""
        )
    html = html_part(raw)
    pictures = {
        one["content_id"].strip("<>"): ticket(visit.w, visit.session, one["id"], "picture")
        for one in files
        if one["content_id"] and one["content_type"] in SHOWN
    }
    return visit.page(
        "formatted.html",
        message=message,
        number=case.number if case else "",
        html=None if html is None else cleaned(html, pictures),
    )
