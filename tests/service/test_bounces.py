"""A letter comes back: by its token alone it is known which, and R-1 is open again (R-7)."""

from __future__ import annotations

import asyncio
import smtplib

from demo.mail_server import HOST
from demo.shop import MAILBOX, MANAGER, RING
from mailer.remember import RememberingCarrier
from service import people, posting
from service.bounces import tell_delays
from service.delivering import deliver_due
from tests.shop import START, Shop

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@sensorik.example>\r
To: {to}\r
Subject: Undelivered Mail Returned to Sender\r
Message-ID: <{number}@sensorik.example>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
Something about your mail.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.sensorik.example\r
\r
Final-Recipient: rfc822; jana.vogt@sensorik.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; the mailbox is full\r
--b--\r
"""


def acknowledged(shop: Shop) -> str:
    """A complaint is acknowledged; return the envelope sender of its letter."""
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    (letter,) = [mail for mail in shop.server.received if mail.recipients == (RING.address,)]
    return letter.sender


def report(shop: Shop, to: str, action: str = "failed", status: str = "5.2.2") -> None:
    """A report comes to `to`."""
    number = len(shop.rows("sightings"))
    mail = REPORT.format(to=to, action=action, status=status, number=number)
    with smtplib.SMTP(HOST, shop.server.smtp_port, timeout=10) as smtp:
        smtp.sendmail("", to, mail.encode())
    assert shop.serve() == ()


def clock(shop: Shop) -> dict[str, object]:
    return shop.promise("KS2026-001")


def state(shop: Shop) -> object:
    row, *_ = (one for one in shop.rows("deliveries") if one["to_contact"])
    return row["state"]


def test_a_bounced_acknowledgment_reopens_its_promise(shop: Shop) -> None:
    sender = acknowledged(shop)
    before = clock(shop)
    shop.clock.forward(minutes=5)
    report(shop, sender)
    after = clock(shop)
    assert (before["state"], after["state"]) == ("stopped", "started")
    for name in ("started_at", "due_at"):
        assert after[name] == before[name]
    (row,) = shop.rows("deliveries")
    assert (row["state"], row["reply_code"]) == ("bounced", 250)  # what the relay said stays
    assert "5.2.2 the mailbox is full" in str(row["bounce_text"])
    assert shop.kinds() == ["acknowledgment_bounced"]
    assert "the mailbox is full" in shop.tasks()[0]["reason"]
    shop.clock.forward(days=2)
    assert shop.serve() == ()
    assert clock(shop)["breached_at"] == before["due_at"]  # noted at its due time
    assert shop.faults() == {}


def test_one_that_bounces_late_is_breached_at_its_due_time(sqlite_shop: Shop) -> None:
    sender = acknowledged(sqlite_shop)
    sqlite_shop.ask_only_for("acknowledgment")
    sqlite_shop.clock.forward(days=3)
    report(sqlite_shop, sender)
    assert sqlite_shop.serve() == ()
    assert clock(sqlite_shop)["breached_at"] == clock(sqlite_shop)["due_at"]
    assert sqlite_shop.kinds() == ["acknowledgment_bounced", "clock_breached"]


def test_sent_again_the_promise_is_kept_again(sqlite_shop: Shop) -> None:
    sender = acknowledged(sqlite_shop)
    report(sqlite_shop, sender)
    (letter,) = sqlite_shop.case("KS2026-001")["letters"]
    with people.act(sqlite_shop.w, MANAGER, "outbox") as h:
        posting.resend(h, int(letter["id"]), "they made room")
    assert asyncio.run(deliver_due(sqlite_shop.w, RememberingCarrier())) == 1
    assert (state(sqlite_shop), clock(sqlite_shop)["state"]) == ("accepted", "stopped")
    assert sqlite_shop.faults() == {}


def test_a_delay_changes_nothing_and_is_told_after_four_hours(shop: Shop) -> None:
    sender = acknowledged(shop)
    shop.clock.forward(hours=2)
    report(shop, sender, "delayed", "4.4.7")
    assert (state(shop), clock(shop)["state"], shop.kinds()) == ("accepted", "stopped", [])
    shop.ask_only_for("acknowledgment")
    shop.clock.forward(hours=2)
    assert tell_delays(shop.w) == 1
    assert shop.kinds() == ["delivery_delayed"]
    report(shop, sender, "delayed", "4.4.7")
    assert tell_delays(shop.w) == 0
    report(shop, sender)
    assert state(shop) == "bounced"
    assert shop.faults() == {}


def test_that_it_was_handed_on_is_only_filed(sqlite_shop: Shop) -> None:
    report(sqlite_shop, acknowledged(sqlite_shop), "relayed", "2.0.0")
    assert (state(sqlite_shop), sqlite_shop.kinds()) == ("accepted", [])


def test_without_a_valid_token_it_is_information(sqlite_shop: Shop) -> None:
    acknowledged(sqlite_shop)
    (letter,) = sqlite_shop.rows("letters")
    reply = sqlite_shop.customer(RING).latest()["Reply-To"]
    report(sqlite_shop, MAILBOX)  # set aside: it names nothing
    report(sqlite_shop, str(reply))  # a token, but of a reply
    assert letter["message_id"]
    assert (state(sqlite_shop), clock(sqlite_shop)["state"]) == ("accepted", "stopped")
    assert sqlite_shop.kinds() == ["bounce"]


def test_an_old_token_is_information(sqlite_shop: Shop) -> None:
    sender = acknowledged(sqlite_shop)
    sqlite_shop.ask_only_for("acknowledgment")
    sqlite_shop.clock.now = START.replace(month=5)
    report(sqlite_shop, sender)
    assert state(sqlite_shop) == "accepted"
    assert sqlite_shop.kinds() == ["bounce"]


def test_a_closed_case_gets_no_clock_again(sqlite_shop: Shop) -> None:
    sender = acknowledged(sqlite_shop)
    with people.act(sqlite_shop.w, MANAGER, "dismiss") as h:
        from service.sorting import dismiss

        dismiss(h, "KS2026-001", "not ours")
    report(sqlite_shop, sender)
    assert clock(sqlite_shop)["state"] == "stopped"
    assert sqlite_shop.kinds() == ["delivery_bounced"]


WORDS = """\
From: {sender}\r
To: {to}\r
Subject: {subject}\r
Message-ID: <words-1@sensorik.example>\r
Content-Type: text/plain; charset=utf-8\r
\r
{text}\r
"""
QMAIL = (
    "Hi. This is the qmail-send program at mx.sensorik.example.\r\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\r\n"
    "<jana.vogt@sensorik.example>:\r\nThe mailbox is full.\r\n"
)


def words(shop: Shop, to: str, sender: str, subject: str, text: str) -> None:
    """A mail in words comes to `to`."""
    mail = WORDS.format(to=to, sender=sender, subject=subject, text=text)
    with smtplib.SMTP(HOST, shop.server.smtp_port, timeout=10) as smtp:
        smtp.sendmail("", to, mail.encode())
    assert shop.serve() == ()


def test_a_bounce_in_words_counts_like_a_report(shop: Shop) -> None:
    sender = acknowledged(shop)
    words(shop, sender, "MAILER-DAEMON@mx.sensorik.example", "failure notice", QMAIL)
    assert state(shop) == "bounced"
    (row,) = shop.rows("deliveries")
    assert "jana.vogt@sensorik.example 5.2.2" in str(row["bounce_text"])
    assert clock(shop)["state"] == "started"


def test_a_delay_in_words_changes_no_state(shop: Shop) -> None:
    sender = acknowledged(shop)
    late = "Your message to jana.vogt@sensorik.example is delayed; we keep trying."
    words(shop, sender, "MAILER-DAEMON@mx.sensorik.example", "Delayed Mail", late)
    assert state(shop) == "accepted"
    assert clock(shop)["state"] == "stopped"


def test_a_notice_of_absence_to_the_envelope_sender_is_filed(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    sender = acknowledged(shop)
    away = "I am out of the office until Friday."
    words(shop, sender, RING.address, "Out of office: Your complaint", away)
    assert state(shop) == "accepted"
    assert shop.case("KS2026-001")["messages"][-1]["kind"] == "auto_reply"
    assert shop.tasks() == []


def test_a_person_who_quotes_a_bounce_is_heard(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    acknowledged(shop)
    words(shop, MAILBOX, RING.address, "Fwd: failure notice", f"I got this:\r\n\r\n{QMAIL}")
    assert state(shop) == "accepted"
    assert shop.case("KS2026-002")["messages"][0]["kind"] == "complaint"
