"""A case manager at a real browser, on a real desk, over a shop whose clock the test turns."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import Any, Final, Literal, TypeVar

from playwright.sync_api import Browser, Page, Response, expect

from demo.mail_server import HOST
from demo.shop import MAILBOX, MANAGER
from desk.web.server import open_desk
from service.customers import Person
from service.log_in import set_password
from service.wiring import Wiring
from tests.servers.process import free_port
from tests.shop import Shop

PASSWORD: Final = "a-long-password-for-li"
WIDE: Final = (1280, 900)
PHONE: Final = (360, 740)
Result = TypeVar("Result")


@dataclass
class Desk:
    """The open desk of a shop."""

    shop: Shop
    browser: Browser
    address: str
    told: list[str] = field(default_factory=list)

    def serve(self) -> None:
        """One pass of the service."""
        assert elsewhere(self.shop.serve) == ()

    @contextmanager
    def visit(
        self,
        size: tuple[int, int] = WIDE,
        scheme: Literal["light", "dark"] = "light",
        *,
        logged_in: bool = True,
    ) -> Iterator[Page]:
        """A browser window. Afterwards nothing was wrong in its console, and nothing left."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, base_url=self.address
        )
        context.set_default_timeout(8000)
        page = context.new_page()
        page.on("console", lambda said: self._console(said.text))
        page.on("response", lambda answer: self._missing(answer))
        page.on("pageerror", lambda error: self.told.append(f"error: {error}"))
        page.on("request", lambda request: self._outside(request.url))
        try:
            if logged_in:
                self.log_in(page)
            yield page
        finally:
            context.close()
        assert not self.told, self.told

    def _console(self, text: str) -> None:
        # Also told of a page that refuses, which a test may well want; see `_missing`.
        if not text.startswith("Failed to load resource"):
            self.told.append(f"console: {text}")

    def _missing(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.request.is_navigation_request():
            self.told.append(f"{answer.status}: {answer.url}")

    def _outside(self, url: str) -> None:
        port = self.address.rpartition(":")[2]
        if not url.startswith((self.address, f"http://localhost:{port}/", "about:", "data:")):
            self.told.append(f"asked for {url}")

    def log_in(self, page: Page) -> None:
        """As the manager."""
        page.goto("/login")
        page.get_by_label("Name").fill(MANAGER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")


@contextmanager
def open_desk_of(shop: Shop, browser: Browser) -> Iterator[Desk]:
    """The desk of the shop on a free port, with a password for the manager."""
    port = free_port()
    set_password(shop.w, MANAGER, PASSWORD)
    w = with_desk(shop.w, port)
    with open_desk(w):
        yield Desk(shop, browser, w.settings.desk.address)


def with_desk(w: Wiring, port: int) -> Wiring:
    """The same shop, with a desk on this port and its files on another host."""
    values = {"port": port, "files_url": f"http://localhost:{port}"}
    desk = w.settings.desk.model_copy(update=values)
    return replace(w, settings=w.settings.model_copy(update={"desk": desk}))


def elsewhere(work: Callable[[], Result]) -> Result:
    """Do it in a thread of its own, for playwright keeps an event loop in this one."""
    told: list[Any] = []

    def run() -> None:
        try:
            told.append((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again below
            told.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    result, error = told[0]
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]  # what `work` gave


def write_as_machine(shop: Shop, person: Person, subject: str, text: str) -> None:
    """An automatic reply: nobody wrote it, so nobody is answered (RFC 3834 section 5)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = person.address, MAILBOX, subject
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text)
    with smtplib.SMTP(HOST, shop.server.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail)
