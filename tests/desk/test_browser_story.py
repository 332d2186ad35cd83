"""A complaint from the first mail to the end, by a case manager with a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.picture import ring
from demo.shop import MAILBOX, RING
from tests.desk.browsing import PHONE, WIDE, Desk, elsewhere, open_desk_of
from tests.shop import Shop

_FOCUSED = """(() => {
  const e = document.activeElement, style = getComputedStyle(e);
  return [e.tagName, e.innerText || "", style.outlineStyle, parseFloat(style.outlineWidth)];
})()"""
TEXT = "The core hole of the M2.5 thread is nearly 2.5 mm.\n\nJana Vogt"


@pytest.fixture
def desk(sqlite_shop: Shop, chromium: Browser) -> Iterator[Desk]:
    """A desk with one complaint in it, acknowledged."""
    with open_desk_of(sqlite_shop, chromium) as opened:
        jana = sqlite_shop.customer(RING)
        elsewhere(lambda: jana.write(MAILBOX, "Thread too wide", TEXT, ("ring.png", ring())))
        opened.serve()
        yield opened


def latest(desk: Desk) -> EmailMessage:
    """What lies in the customer's mailbox, the newest."""
    return elsewhere(desk.shop.customer(RING).latest)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def choose_letter(page: Page, name: str) -> None:
    page.get_by_role("link", name="Write a letter").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def preview_and_send(page: Page) -> None:
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("heading", name="This leaves")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("This letter leaves in")).to_be_visible()


def send_and_leave(desk: Desk, page: Page) -> None:
    preview_and_send(page)
    desk.shop.clock.forward(seconds=25)
    desk.serve()


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide-light", "phone-dark"]
)
def test_from_the_complaint_to_the_approval(desk: Desk, size: tuple[int, int], scheme: str) -> None:
    """R-25, R-27, R-29: confirm, propose with options, undo, send, read the answer, close."""
    with desk.visit(size, "dark" if scheme == "dark" else "light") as page:
        page.get_by_role("link", name="KS2026-001").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thread too wide")
        expect(
            page.get_by_text("The core hole of the M2.5 thread is nearly 2.5 mm.")
        ).to_be_visible()
        picture = page.get_by_role("img", name="Picture ring.png")
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 240

        choose_letter(page, "Solution proposal")
        expect(page.get_by_text("Line 1 is not confirmed yet")).to_be_visible()
        page.get_by_role("link", name="confirm the lines").click()
        lines = page.get_by_role("region", name="Lines")
        lines.get_by_label("Part name").first.fill("Calibration ring")
        lines.get_by_label("Quantity complained").first.fill("300")
        lines.get_by_role("button", name="Confirm", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("The line is confirmed.")

        choose_letter(page, "Solution proposal")
        page.get_by_label("What you found, and why it happened").fill("Chips widened the hole.")
        page.get_by_label("A", exact=True).fill("You use M3 screws.")
        page.get_by_label("B", exact=True).fill("We remake the parts.")
        preview_and_send(page)
        page.get_by_role("button", name="Undo: do not send it").click()
        expect(page.get_by_text("This letter was taken back.")).to_be_visible()
        desk.shop.clock.forward(minutes=2)
        desk.serve()
        assert "M3 screws" not in part(latest(desk), "plain")

        page.get_by_role("link", name="Write it again, with the same words").click()
        expect(page.get_by_label("B", exact=True)).to_have_value("We remake the parts.")
        page.get_by_role("button", name="Preview", exact=True).click()
        text = page.locator("#preview-text").inner_text()
        html = page.get_by_title("The letter as formatted mail").get_attribute("srcdoc")
        subject = page.locator("#preview-subject").inner_text()
        page.get_by_role("button", name="Send", exact=True).click()
        desk.shop.clock.forward(seconds=25)
        desk.serve()
        mail = latest(desk)
        assert mail["Subject"] == subject
        received, _, ref = part(mail, "plain").rpartition("Ref: ")
        assert without_tokens(received) == without_tokens(text)
        assert len(ref.strip()) == 26
        assert without_ref(part(mail, "html")) == without_ref(html or "")

        elsewhere(
            lambda: desk.shop.customer(RING).answer("Please use option B, but only 150 pieces.")
        )
        desk.serve()
        page.goto("/")
        task = page.get_by_role("article", name="Read this answer")
        expect(task.get_by_text("Please use option B, but only 150 pieces.").first).to_be_visible()
        task.get_by_role("button", name="Choose B").click()
        expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
        assert desk.shop.case("KS2026-001")["state"] == "in_progress"

        page.get_by_role("link", name="KS2026-001").first.click()
        choose_letter(page, "Results")
        page.get_by_label("Results").fill("150 pieces were made anew.")
        send_and_leave(desk, page)
        elsewhere(lambda: desk.shop.customer(RING).answer("Approved."))
        desk.serve()
        page.goto("/case/KS2026-001")
        expect(page.locator(".head .tag").first).to_have_text("closed")
        expect(page.get_by_text("Approved.", exact=True)).to_be_visible()
    assert desk.shop.faults() == {}


def without_tokens(text: str) -> str:
    """Tokens are made anew when the letter gets its bytes."""
    return re.sub(r"[a-z2-7]{26}", "TOKEN", text.strip())


def without_ref(html: str) -> str:
    """The formatted part without the line that is made when the letter gets its bytes."""
    html = without_tokens(html)
    lines = (line.strip() for line in html.replace("\r\n", "\n").splitlines())
    return "\n".join(line for line in lines if line and "Ref: " not in line)


def test_with_the_keyboard_only(desk: Desk) -> None:
    """Log in, skip to the page, open the case, answer, send, undo: without a mouse."""
    with desk.visit(logged_in=False) as page:
        page.goto("/login")
        keys = page.keyboard
        expect(page.get_by_label("Name")).to_be_focused()
        keys.type("li")
        keys.press("Tab")
        keys.type("a-long-password-for-li")
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you")
        keys.press("Tab")
        expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
        keys.press("Enter")
        tab_to(page, "KS2026-001")
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Thread too wide")
        tab_to(page, "Write a letter")
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Which letter?")
        tab_to(page, "Answer")
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Answer")
        tab_to(page, "", "TEXTAREA")
        keys.type("We look into it.")
        tab_to(page, "Preview")
        keys.press("Enter")
        expect(page.get_by_role("heading", name="This leaves")).to_be_visible()
        tab_to(page, "Send")
        keys.press("Enter")
        # The way back is where the hand already is.
        expect(page.get_by_role("button", name="Undo: do not send it")).to_be_focused()
        keys.press("Enter")
        expect(page.get_by_text("This letter was taken back.")).to_be_visible()


def tab_to(page: Page, words: str, tag: str = "") -> None:
    """Press the tabulator until this has the focus, and it can be seen that it has."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        at, said, outline, width = focused
        if (tag or at) == at and said.strip().startswith(words):
            assert outline != "none"
            assert width >= 2
            return
    raise AssertionError(f"{words or tag} is not reached with the tabulator")
