"""What a case manager does beside the main road: each act in the browser, each in one click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.shop import MAILBOX, PLATE, RING
from tests.desk.browsing import Desk, elsewhere, open_desk_of, write_as_machine
from tests.shop import EVE, Shop


@pytest.fixture
def desk(sqlite_shop: Shop, chromium: Browser) -> Iterator[Desk]:
    """A desk with one case."""
    with open_desk_of(sqlite_shop, chromium) as opened:
        jana = sqlite_shop.customer(RING)
        elsewhere(lambda: jana.write(MAILBOX, "Thread too wide", "The hole is 2.5 mm."))
        opened.serve()
        yield opened


def state(page: Page) -> str:
    return page.locator(".head .tag").first.inner_text()


def test_a_phone_call_is_registered_and_what_was_typed_stays(desk: Desk) -> None:
    """R-31: the promise began with the call, and a refused form keeps its words."""
    with desk.visit() as page:
        page.get_by_role("link", name="Phone call").click()
        page.get_by_label("Customer’s address").fill(PLATE.address)
        page.get_by_label("In one line").fill("Plates are bent")
        page.get_by_label("What was said").fill("220 plates are bent by 2 mm.")
        page.get_by_label("Received").fill("2026-03-02T23:00")  # later than now
        page.get_by_role("button", name="Register").click()
        expect(page.get_by_role("alert")).to_contain_text("received in the future")
        expect(page.get_by_label("What was said")).to_have_value("220 plates are bent by 2 mm.")
        page.get_by_label("Received").fill("2026-03-02T09:00")
        page.get_by_role("button", name="Register").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Plates are bent")
        expect(page.get_by_text("by phone", exact=True)).to_be_visible()
        desk.serve()
        page.reload()
        expect(page.get_by_text("accepted by the mail server")).to_be_visible()
        expect(page.get_by_role("region", name="Promises")).to_contain_text("kept")
    assert "KS2026-002" in elsewhere(desk.shop.customer(PLATE).subjects)[0]


def test_tasks_end_with_one_click(desk: Desk) -> None:
    """R-29: a stranger's case is linked, a question needs no answer; nobody types a reason."""
    jana, eve = desk.shop.customer(RING), desk.shop.customer(EVE)
    elsewhere(lambda: eve.write(MAILBOX, "About KS2026-001", "KS2026-001 concerns us too."))
    desk.serve()
    elsewhere(lambda: jana.answer("By the way, we close at noon on Friday. Is that a problem?"))
    desk.serve()
    with desk.visit() as page:
        linked = page.get_by_role("article", name="Does it belong to another case?")
        linked.get_by_role("button", name="Link to this case").click()
        expect(linked).to_have_count(0)
        answer = page.get_by_role("article", name="Read this answer")
        expect(answer).to_contain_text("we close at noon")
        answer.get_by_role("button", name="No answer needed").click()
        expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    assert desk.shop.case("KS2026-002")["state"] == "merged"
    ended = [task["resolution"] for task in desk.shop.tasks(every=True)]
    assert ended == ["link", "no_answer_needed"]
    assert desk.shop.faults() == {}


def test_a_letter_is_held_released_and_sent_again(desk: Desk) -> None:
    with desk.visit() as page:
        page.goto("/case/KS2026-001/letter/answer")
        page.get_by_label("Your answer").fill("We look into it.")
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Hold").click()
        expect(page.get_by_text("This letter is held")).to_be_visible()
        desk.shop.clock.forward(minutes=1)
        desk.serve()
        assert len(elsewhere(desk.shop.customer(RING).subjects)) == 1
        page.get_by_role("link", name="Outbox").click()
        page.get_by_role("link", name="Answer").click()
        page.get_by_role("button", name="Release").click()
        desk.serve()
        page.reload()
        expect(page.get_by_text("accepted by the mail server")).to_be_visible()
        page.get_by_role("button", name="Send again").click()
        desk.serve()
        assert len(elsewhere(desk.shop.customer(RING).subjects)) == 3


def test_mail_that_was_set_aside_is_linked(desk: Desk) -> None:
    elsewhere(
        lambda: write_as_machine(desk.shop, EVE, "Out of office", "Hello,\n\nback on Monday.")
    )
    desk.serve()
    with desk.visit() as page:
        page.get_by_role("link", name="Set aside").click()
        expect(page.get_by_text("automatic reply", exact=True)).to_be_visible()
        page.locator("summary", has_text="back on Monday.").click()
        expect(page.locator("details[open] pre")).to_contain_text("Hello,")
        page.get_by_label("Case", exact=True).fill("ks2026-001")
        page.get_by_role("button", name="Belongs to this case").click()
        expect(page.get_by_role("status")).to_have_text("The mail belongs to this case now.")
        expect(page.get_by_text("back on Monday.")).to_be_visible()


def test_a_letter_that_lacks_something_says_where_and_keeps_the_rest(
    desk: Desk, tmp_path: Path
) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4 " + b"x" * 3_000_000)  # three parts of the form
    with desk.visit() as page:
        page.goto("/case/KS2026-001/letter/solution_agreed")
        page.get_by_label("What was agreed").fill("We remake 150 pieces.")
        page.get_by_label("We", exact=True).fill("all")
        page.get_by_label("Files").set_input_files(report)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("alert")).to_contain_text("'all' is no share in %")
        expect(page.get_by_label("What was agreed")).to_have_value("We remake 150 pieces.")
        page.get_by_label("We", exact=True).fill("100")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("heading", name="This leaves")).to_be_visible()
        expect(page.get_by_role("region", name="This leaves")).to_contain_text("report.pdf")
        page.get_by_role("button", name="Send", exact=True).click()
        desk.shop.clock.forward(seconds=25)
        desk.serve()
    mail = elsewhere(desk.shop.customer(RING).latest)
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "report.pdf"
    assert file.get_content() == report.read_bytes()


def test_a_number_in_the_search_leads_to_its_case(desk: Desk) -> None:
    with desk.visit() as page:
        box = page.get_by_role("searchbox", name="Find a case")
        box.fill("ks2026-001")
        box.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Thread too wide")
        box.fill("sensorik")
        box.press("Enter")
        expect(page.get_by_text("1 case, the newest first")).to_be_visible()
