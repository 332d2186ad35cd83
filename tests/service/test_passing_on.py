"""R-31: what a colleague's mail means, and that nobody gains anything by looking like one."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from demo.mail_server import HOST
from demo.shop import MAILBOX, MANAGER, RING
from intake import parse
from intake.mail import Screened
from intake.sender.authentication import Authentication
from service.arrived import Arrived
from service.colleagues import Ours, seen_through
from service.people import act
from service.resolving import Ending, resolve
from storage import tables
from storage.book import Update
from storage.ledger import Sighting
from tests.shop import BOB, Shop, open_shop

CAME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
US = Ours(frozenset({MAILBOX}), frozenset({"li@home.example"}), frozenset({"parts.example"}))
HEAD = (
    "From: Jana Vogt <jana.vogt@sensorik.example>\nSent: Monday, March 2, 2026 8:00 AM\n"
    "To: Bob Sales <bob@parts.example>\nSubject: Leak\n\nThe pump leaks."
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as opened:
        yield opened


def arrived(text: str, sender: str = "Bob <bob@parts.example>", **fields: str) -> Arrived:
    mail = EmailMessage()
    fields = {"From": sender, "To": MAILBOX, "Subject": "FW: Leak"} | fields
    for name, value in fields.items():
        mail[name] = value
    mail.set_content(text)
    read = parse.read(mail.as_bytes(policy=policy.SMTP))
    sighting = Sighting("complaints", 1, 1, read.sha256, CAME)
    return Arrived(sighting, read, Screened("complaint", "written to us"))


def role(one: Arrived, us: Ours = US) -> str:
    found = seen_through(one, us).passed_on
    return found.role if found else "customer"


def test_seen_as_the_customers_mail_and_kept_as_it_came() -> None:
    one = arrived(HEAD)
    seen = seen_through(one, US)
    assert seen.mail.from_ is not None
    assert (seen.mail.from_.address, seen.mail.subject) == (RING.address, "Leak")
    assert seen.sent == one.mail
    assert seen.passed_on is not None
    assert seen.passed_on.received_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_user_with_another_domain_is_a_colleague() -> None:
    assert role(arrived(HEAD, "Li <li@home.example>")) == "passes_on"


@pytest.mark.parametrize("sender", ["Eve <eve@elsewhere.example>", "x@parts.example.evil.example"])
def test_others_pass_on_for_themselves(sender: str) -> None:
    assert role(arrived(HEAD, sender)) == "customer"


@pytest.mark.parametrize(
    ("us", "found"),
    [
        (US, Authentication(dmarc="fail")),
        (US, Authentication(doubtful=True)),
        (replace(US, strict=True), Authentication()),
        (replace(US, strict=True), Authentication(spf="pass", dkim="pass")),
    ],
)
def test_who_only_seems_to_be_a_colleague_gets_a_task(us: Ours, found: Authentication) -> None:
    for text, to in ((HEAD, MAILBOX), ("I call you.", f"{MAILBOX}, {RING.address}")):
        seen = seen_through(replace(arrived(text, To=to), authentication=found), us)
        assert seen.passed_on is not None
        assert (seen.passed_on.role, seen.passed_on.proven) == ("doubtful", False)
        assert not seen.mail.proven_sender


def test_two_senders_are_no_colleague() -> None:
    found = arrived(HEAD, "Bob <bob@parts.example>, Eve <eve@elsewhere.example>")
    assert role(found) == "doubtful"


def test_of_a_colleague_to_colleagues() -> None:
    inner = HEAD.replace(RING.address, "ann@parts.example")
    assert role(arrived(inner)) == "customer"
    assert role(arrived("A question.", Cc="ann@parts.example")) == "customer"
    assert role(arrived("A question.", Cc="ann@kunde.example")) == "writes_out"


def test_the_customer_behind_a_colleague_who_answered() -> None:
    outer = (
        "From: Ann <ann@parts.example>\nSent: Monday, March 2, 2026 8:30 AM\n"
        "To: Jana Vogt <jana.vogt@sensorik.example>\nSubject: RE: Leak\n\nWe look at it.\n\n"
    )
    seen = seen_through(arrived(outer + HEAD), US)
    assert seen.mail.from_ is not None
    assert seen.mail.from_.address == RING.address


@pytest.mark.parametrize("year", ["2019", "2031"])
def test_a_time_that_cannot_be_is_not_believed(year: str) -> None:
    seen = seen_through(arrived(HEAD.replace("2026", year)), US)
    assert seen.passed_on is not None
    assert (seen.passed_on.role, seen.passed_on.received_at) == ("passes_on", None)


def _send(shop: Shop, mail: EmailMessage) -> None:
    with smtplib.SMTP(HOST, shop.server.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail)
    assert shop.serve() == ()


def test_the_acknowledgment_of_an_attached_mail_is_in_its_thread(shop: Shop) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"] = f"Jana Vogt <{RING.address}>"
    inner["Message-ID"] = "<leak@sensorik.example>"
    inner["Subject"] = "Leak"
    inner["Date"] = "Mon, 02 Mar 2026 07:30:00 +0000"
    inner.set_content("The pump leaks.")
    outer["From"], outer["To"], outer["Subject"] = BOB.address, MAILBOX, "see attachment"
    outer.set_content("From a customer.")
    outer.add_attachment(inner)
    _send(shop, outer)
    (letter,) = shop.server.messages(RING.address)
    told = BytesParser(policy=policy.default).parsebytes(letter)
    assert told["In-Reply-To"] == "<leak@sensorik.example>"
    assert str(told["Subject"]) == "Re: Leak [KS2026-001]"
    assert shop.case("KS2026-001")["arrived_at"].startswith("2026-03-02T07:30")
    assert shop.customer(BOB).subjects() == ["Re: Leak [KS2026-001]"]


def test_a_letter_by_a_colleague_stops_the_clock_by_one_click(shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, "Leak", "It leaks.")
    assert shop.serve() == ()
    number = "KS2026-001"
    with shop.w.happening("system", "test") as h:  # as if the acknowledgment came back
        clock = shop.rows("clocks")[0]
        values = {"state": "started", "stopped_at": None, "stopped_by": None}
        h.record(clock["case_id"], "clock_resumed", Update(tables.clocks, clock["id"], values))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = BOB.address, RING.address, MAILBOX
    mail["Subject"] = f"{number}: received"
    mail.set_content("We have your complaint.")
    _send(shop, mail)
    (task,) = [one for one in shop.tasks() if one["kind"] == "colleague_wrote"]
    assert task["suggestion"] == {"clocks": ["acknowledgment", "proposal", "containment"]}
    with act(shop.w, MANAGER, "task") as h:
        ending = Ending("kept_promise", "Bob told her", option="acknowledgment")
        resolve(h, int(task["id"]), ending)
    clock = shop.promise(number)
    assert clock["state"] == "stopped"
    assert clock["stopped_by"].startswith("message:")
    assert shop.faults() == {}
