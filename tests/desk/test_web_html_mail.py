"""HTML mail opened in a real browser: no script runs, and no request leaves."""

from __future__ import annotations

import contextlib
import io
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Dialog, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from starlette.responses import HTMLResponse

from cases.errors import BadInput
from desk.web import server
from desk.web.app import create_app
from desk.web.formatted import clean, cleaned
from desk.web.pages import mail
from service.child import CHILD
from service.log_in import log_in
from tests import conftest
from tests.desk.payloads import CANARY, EXPLODING, PAYLOADS
from tests.shop import open_shop
from tests.web import FROM, PASSWORD, Web, arrive, complaint, open_web

CHROMIUM = shutil.which("chromium") or ""


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(out, "PNG")
    return out.getvalue()


class Trap:
    """Every name of the world leads here: whoever connects has left the desk."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def _take(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            self.caught.append(connection.recv(4000).decode("latin-1"))

    def called(self) -> list[str]:
        """Connections of payloads, in clear or by TLS; the browser itself also calls home."""
        return [line for line in self.caught if "canary" in line]

    def close(self) -> None:
        self._listener.close()


@dataclass
class Eye:
    """What the browser did: requests to the desk and to the world, and scripts that ran.

    The tool's own record of requests does not show those of a sandboxed frame.
    """

    page: Page
    trap: Trap
    asked: list[str]
    said: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note what a page must not do."""
        self.page.context.add_init_script("window.ran = 0")
        self.page.on("dialog", self._refuse)
        self.page.on("popup", lambda page: self.said.append("popup"))
        self.page.on("download", lambda download: self.said.append("download"))

    def _refuse(self, dialog: Dialog) -> None:
        self.said.append("dialog")
        dialog.dismiss()

    def look(self, url: str, status: int = 200) -> None:
        """Open a page, and look in all its frames for what must not have happened."""
        self.asked.clear()
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == status
        assert self.page.url == url
        self.is_quiet()

    def is_quiet(self) -> None:
        """Nothing ran, nothing left, and the desk was asked for nothing but what a page needs."""
        assert self.trap.called() == []
        assert self.said == []
        assert "ran" not in self.page.title().split()
        for frame in self.page.frames:
            # `evaluate` runs in spite of the sandbox: it is the tool's own.
            assert frame.evaluate("window.ran || 0") == 0
        own = ("/static/", "/files/", unquote(urlsplit(self.page.url).path))
        assert [path for path in self.asked if not path.startswith(own)] == []


CONTROL = f"{PAYLOADS[0]}<iframe sandbox srcdoc='<img src={CANARY}.png>'></iframe>"


class Recorder:
    """Notes the paths that the desk is asked for, and has one page without any protection."""

    def __init__(self, app: Any, asked: list[str]) -> None:
        self._app, self._asked = app, asked

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._asked.append(scope["path"])
        if scope["path"] == "/control":
            await HTMLResponse(CONTROL)(scope, receive, send)
            return
        await self._app(scope, receive, send)


@contextmanager
def opened(folder: Path, mails: list[bytes]) -> Iterator[tuple[Web, Eye]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    desk, files = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    trap = Trap()
    asked: list[str] = []
    everywhere = f"MAP * 127.0.0.1:{trap.port}, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with (
        open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop,
        pytest.MonkeyPatch.context() as patch,
    ):
        web = open_web(shop, desk, files, port=port)
        arrive(shop, *mails)
        token, _ = log_in(shop.w, "li", PASSWORD, FROM[0])
        patch.setattr(server, "create_app", lambda w: Recorder(create_app(w), asked))
        with server.open_desk(shop.w), sync_playwright() as tool:
            browser = tool.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", f"--host-resolver-rules={everywhere}"],
            )
            conftest.real["Chromium"] = browser.version
            context = browser.new_context()
            context.add_cookies([{"name": "amends", "value": token, "url": desk}])
            eye = Eye(context.new_page(), trap, asked)
            eye.watch()
            yield web, eye
            browser.close()
    trap.close()
    CHILD.close()


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Eye]]:
    """A desk into which every payload came as HTML, text, subject, sender and file name."""
    if not CHROMIUM:
        pytest.skip("needs Debian's chromium")
    mails = [
        complaint(
            payload[:300],
            f"number {number}\n{payload[:5000]}",
            payload,
            {f"{payload[:120]}.png": ("image/png", png())},
            payload[:80],
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    with opened(tmp_path_factory.mktemp("html"), mails) as both:
        yield both


def incoming(web: Web) -> list[dict[str, Any]]:
    return [row for row in web.shop.rows("messages") if row["direction"] == "in"]


def test_there_are_enough() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 150


@pytest.mark.browser
@pytest.mark.timeout(400)
def test_the_formatted_mail_runs_nothing_and_calls_nobody(looking: tuple[Web, Eye]) -> None:
    web, eye = looking
    pictures = 0
    messages = incoming(web)
    assert len(messages) == len(PAYLOADS)
    for message in messages:
        eye.look(f"{web.desk}/mail/{message['id']}/formatted")
        pictures += sum(path.startswith("/files/") for path in eye.asked)
    assert pictures >= 3, "pictures of the mail itself are shown"
    assert web.shop.rows("sessions"), "nobody was logged out"


@pytest.mark.browser
@pytest.mark.timeout(400)
def test_the_pages_of_a_case_run_nothing_and_call_nobody(looking: tuple[Web, Eye]) -> None:
    web, eye = looking
    for number in web.shop.numbers():
        eye.look(f"{web.desk}/case/{number}")
    number = web.shop.numbers()[0]
    for path in ("/", "/?whose=all", "/cases", "/aside", "/outbox?all=1", f"/case/{number}/history",
                 f"/case/{number}/letter", f"/case/{number}/letter/answer"):  # fmt: skip
        eye.look(f"{web.desk}{path}")
    for payload in PAYLOADS[:20]:
        eye.asked.clear()
        eye.page.goto(f"{web.desk}/cases?q={quote(payload[:500])}")
        eye.is_quiet()


@pytest.mark.browser
def test_even_what_is_not_cleaned_runs_nothing_in_the_frame(
    looking: tuple[Web, Eye], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: frame and policy alone, were the cleaner to fail one day."""
    web, eye = looking
    monkeypatch.setattr(mail, "cleaned", lambda html, pictures: html)
    for message in incoming(web)[:130]:
        with contextlib.suppress(PlaywrightError):  # a frame that leads itself away ends loading
            eye.page.goto(f"{web.desk}/mail/{message['id']}/formatted")
        assert eye.page.evaluate("window.ran || 0") == 0
        assert eye.said == []
    assert web.shop.rows("sessions"), "nobody was logged out"


@pytest.mark.browser
def test_the_eye_sees_what_runs_and_what_leaves(looking: tuple[Web, Eye]) -> None:
    """In a page without our policy the same payloads do run and do call, in a frame too."""
    web, eye = looking
    eye.trap.caught.clear()
    eye.page.goto(f"{web.desk}/control")
    assert eye.page.evaluate("window.ran") == 1
    for _ in range(50):
        if not eye.trap.called():
            eye.page.wait_for_timeout(100)
    assert eye.trap.called()
    eye.trap.caught.clear()


# --- without a browser


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_what_is_cleaned_is_clean_and_stays_so(payload: str) -> None:
    once = clean(payload[: 1024 * 1024], {"file0@x": "http://localhost:8025/files/ticket"})
    assert clean(once, {}) == once.replace(' src="http://localhost:8025/files/ticket"', "")
    bare = once.replace("&lt;", "").replace("&amp;", "")
    for tag in ("script", "svg", "math", "style", "form", "iframe", "object", "meta", "a", "link"):
        assert f"<{tag}" not in bare.lower()


def test_a_mail_that_explodes_is_refused() -> None:
    with pytest.raises(BadInput):
        cleaned(EXPLODING, {})
    assert cleaned("<b>good</b>", {}) == "<b>good</b>"
    CHILD.close()


def test_good_mail_keeps_its_look() -> None:
    html: Any = (
        '<h1>Report</h1><table><tr><th colspan="2">Part</th></tr><tr><td>1</td><td>x</td></tr>'
        "</table><ul><li><b>bold</b> <i>it</i></li></ul><blockquote>quoted</blockquote>"
    )
    assert clean(html, {}).replace("<tbody>", "").replace("</tbody>", "") == html
    assert clean('<a href="https://x.example">words</a>', {}) == "words"
