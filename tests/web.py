"""The web desk of a test's shop, and a browser's place before it.

desk = open_web(shop)
vera = desk.visitor("vera")
assert vera.get("/").status_code == 200
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from demo.shop import MAILBOX, MANAGER, RING
from desk.web.app import create_app
from desk.web.door import cookie_name
from service import people
from service.log_in import log_in, set_password
from storage import tables
from storage.sessions import Session
from tests.shop import SUPERVISOR, VIEWER, Shop

DESK: Final = "http://127.0.0.1:8025"
FILES: Final = "http://localhost:8025"
ADMINISTRATOR: Final = "ada"
ROLES: Final = {
    VIEWER: "viewer",
    MANAGER: "manager",
    SUPERVISOR: "supervisor",
    ADMINISTRATOR: "administrator",
}
PASSWORD: Final = "correct horse battery"
FROM: Final = ("192.0.2.1", 50000)


@dataclass
class Visitor:
    """A browser in which somebody has logged in."""

    client: TestClient
    session: Session

    def get(self, path: str, **rest: Any) -> Any:
        """Look at a page."""
        return self.client.get(path, **rest)

    def post(self, path: str, data: Mapping[str, str] | None = None, **rest: Any) -> Any:
        """Send a form of the desk, with its token."""
        return self.client.post(path, data={"csrf": self.session.csrf, **(data or {})}, **rest)


@dataclass
class Web:
    """The desk of a shop."""

    shop: Shop
    app: Starlette
    desk: str
    files: str

    def browser(self, base: str = "", address: tuple[str, int] = FROM) -> TestClient:
        """A browser that follows no redirection by itself."""
        return TestClient(
            self.app, base_url=base or self.desk, follow_redirects=False, client=address
        )

    def visitor(self, name: str) -> Visitor:
        """Somebody who has logged in."""
        token, session = log_in(self.shop.w, name, PASSWORD, FROM[0])
        client = self.browser()
        client.headers["cookie"] = f"{cookie_name(self.desk)}={token}"
        return Visitor(client, session)


def open_web(shop: Shop, desk: str = DESK, files: str = FILES, **settings: Any) -> Web:
    """The desk at these addresses, with one person of each role."""
    changed = {"url": desk, "files_url": files, **settings}
    section = shop.w.settings.desk.model_copy(update=changed)
    shop.w = replace(shop.w, settings=shop.w.settings.model_copy(update={"desk": section}))
    with shop.w.db.read() as connection:
        there = set(connection.scalars(select(tables.users.c.name)))
    if ADMINISTRATOR not in there:
        people.add_user(
            shop.w,
            ADMINISTRATOR,
            full_name="Ada Admin",
            email="ada@parts.example",
            phone="",
            role="administrator",
        )
        for name in ROLES:
            set_password(shop.w, name, PASSWORD)
    return Web(shop, create_app(shop.w), desk, files)


def dump(shop: Shop) -> dict[str, list[str]]:
    """Every row of every table."""
    return {name: sorted(map(repr, shop.rows(name))) for name in tables.metadata.tables}


def complaint(
    subject: str,
    text: str,
    html: str = "",
    files: Mapping[str, tuple[str, bytes]] | None = None,
    name: str = RING.name,
) -> bytes:
    """A mail of a customer. `files`: name to type and bytes; the name is written as RFC 2231."""
    mail = EmailMessage()
    mail["To"], mail["Message-ID"] = (
        MAILBOX,
        f"<{abs(hash((subject, text, html)))}@sensorik.example>",
    )
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html", cte="base64")
    for number, (file, (kind, data)) in enumerate((files or {}).items()):
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, cid=f"<file{number}@x>")
        part = list(mail.iter_attachments())[-1]
        del part["Content-Disposition"]
        part.add_header("Content-Disposition", f"attachment; filename*=UTF-8''{_percent(file)}")
    head = f"From: {_word(name)} <{RING.address}>\r\nSubject: {_word(subject)}\r\n"
    return head.encode() + mail.as_bytes()


def _word(text: str) -> str:
    """Encoded words, whatever is in the text (RFC 2047)."""
    data = text.encode("utf-8", "replace")
    pieces = [data[at : at + 30] for at in range(0, len(data), 30)] or [b""]
    return "\r\n ".join(f"=?utf-8?q?{''.join(f'={b:02X}' for b in one)}?=" for one in pieces)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def arrive(shop: Shop, *mails: bytes) -> None:
    """Mails lie in the mailbox, and the service has looked."""
    for mail in mails:
        shop.server.deliver(MAILBOX, mail)
    for _ in range(len(mails) // 40 + 1):
        assert shop.serve() == ()
