"""What no reader could read is a case at once, and is read again by a newer program (R-1, R-20)."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from service import reading
from service.children import Children
from service.rereading import Rereading
from tests.shop import Shop

NUMBER = "KS2026-001"
NEWER = "99.0"


def poison() -> bytes:
    """A mail with a file, which the reader of today cannot read."""
    mail = EmailMessage()
    mail["From"] = f"{RING.name} <{RING.address}>"
    mail["To"] = MAILBOX
    mail["Subject"] = "Thread too wide"
    mail["Message-ID"] = "<poison@sensorik.example>"
    mail.set_content("The core hole of PO 4711 measures 2.5 mm.")
    mail.add_attachment(b"measured", maintype="text", subtype="csv", filename="measured.csv")
    return mail.as_bytes()


@pytest.fixture
def unread(shop: Shop) -> Shop:
    """A shop with one unreadable mail, tried by this version of the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read", _cannot)
        shop.server.deliver(MAILBOX, poison())
        assert shop.serve() == ()
        assert shop.serve() == ()
    return shop


def _cannot(data: bytes) -> None:
    raise KeyError("a fault of the reader")


def test_it_is_a_case_with_a_task_at_once(unread: Shop) -> None:
    case = unread.case(NUMBER)
    assert case["messages"][0]["kind"] == "unreadable"
    assert "unreadable_mail" in unread.kinds()
    assert Rereading(unread.w).all() == 0  # this version has tried


def test_a_newer_version_adds_what_it_says(unread: Shop) -> None:
    clock = unread.case(NUMBER)["clocks"][0]
    unread.clock.forward(hours=2)
    assert Rereading(unread.w, program=NEWER).all() == 1
    case = unread.case(NUMBER)
    (mail, *_) = case["messages"]
    assert (mail["kind"], mail["from_address"]) == ("complaint", RING.address)
    assert case["subject"] == "Thread too wide"
    (stored,) = (row for row in unread.rows("messages") if row["direction"] == "in")
    assert "2.5 mm" in stored["text"]
    assert [row["name"] for row in unread.rows("attachments")] == ["measured.csv"]
    assert case["clocks"][0] == clock  # R-1 is not touched
    assert unread.kinds().count("mail_read_again") == 1
    assert "unreadable_mail" not in unread.kinds()
    assert NUMBER in unread.numbers()
    assert len(unread.numbers()) == 1
    assert "mail_read_again" in [step.kind for step in unread.steps(NUMBER)]
    assert unread.faults() == {}
    assert Rereading(unread.w, program=NEWER).all() == 0


def test_the_same_bytes_once_more_are_still_a_copy(unread: Shop) -> None:
    Rereading(unread.w, program=NEWER).all()
    unread.server.deliver(MAILBOX, poison())
    assert unread.serve() == ()
    assert unread.numbers() == [NUMBER]


def test_a_command_tries_whatever_was_tried(unread: Shop) -> None:
    assert Rereading(unread.w, f"user:{MANAGER}").all() == 1
    assert unread.steps(NUMBER)[-1].actor == f"user:{MANAGER}"


def test_children_read_again_too(unread: Shop) -> None:
    w = replace(unread.w, reader=Children())
    try:
        assert Rereading(w, program=NEWER).all() == 1
    finally:
        w.reader.close()


def test_what_stays_unreadable_stays_as_it_is(
    unread: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read", _cannot)
    before = unread.steps(NUMBER)
    assert Rereading(unread.w, program=NEWER).all() == 0
    assert unread.steps(NUMBER) == before


def test_lines_that_a_person_wrote_are_kept(unread: Shop) -> None:
    unread.confirm(NUMBER)
    assert Rereading(unread.w, program=NEWER).all() == 1
    (line,) = unread.case(NUMBER)["lines"]
    assert line["part_name"] == "Ring"
    assert line["po_pi_no"] is None
    assert unread.faults() == {}
