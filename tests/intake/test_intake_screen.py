"""Header sets and what they make of a mail."""

from __future__ import annotations

import time

import pytest

from intake.clues import clues
from intake.kinds import bounce
from intake.kinds.screen import SCREENS, OwnAddresses, screen
from intake.kinds.silence import may_acknowledge
from intake.mail import Mail
from intake.parse import read

OWN = OwnAddresses(frozenset({"complaints@acme.test"}), "amends.acme.test", "3f2a")
TOKEN = "abcdefghijklmnopqrstuvwx27"
REPORT = "Content-Type: multipart/report; report-type={}; boundary=b"


def mail(headers: str, body: str = "hello") -> Mail:
    if "From:" not in headers:
        headers = f"From: Bob <bob@shop.test>\n{headers}"
    return read(f"{headers.strip()}\n\n{body}\n".encode())


HEADER_SETS = [
    # (headers, kind, reason for silence or "")
    ("Subject: broken", "complaint", ""),
    ("Auto-Submitted: no", "complaint", ""),
    ("Auto-Submitted: no (typed by a person)", "complaint", ""),
    ("Auto-Submitted: (a (nested) comment) No; owner=bob", "complaint", ""),
    ("Auto-Submitted:", "complaint", ""),
    ("Auto-Submitted: auto-replied", "auto_reply", "Auto-Submitted"),
    ("Auto-Submitted: (no) auto-generated; x=no", "auto_reply", "Auto-Submitted"),
    ("AUTO-SUBMITTED: Auto-Notified", "auto_reply", "Auto-Submitted"),
    ("Auto-Submitted: no\nAuto-Submitted: auto-replied", "auto_reply", "Auto-Submitted"),
    ("X-Autoreply: yes", "auto_reply", "marked as automatic reply"),
    ("X-Autoreply: no", "complaint", ""),
    ("X-Autorespond: out of office", "auto_reply", "marked as automatic reply"),
    ("Precedence: auto_reply", "auto_reply", "marked as automatic reply"),
    ("X-Auto-Response-Suppress: All", "complaint", "X-Auto-Response-Suppress"),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "complaint", "X-Auto-Response-Suppress"),
    ("X-Auto-Response-Suppress: None", "complaint", ""),
    ("X-Auto-Response-Suppress: RN, NRN", "complaint", ""),
    ("Return-Path: <>", "complaint", "empty Return-Path"),
    ("Return-Path: <bob@shop.test>", "complaint", ""),
    (f"Return-Path: <>\n{REPORT.format('delivery-status')}", "bounce", "empty Return-Path"),
    (REPORT.format('"delivery-status"'), "bounce", "report"),
    ("From: MAILER-DAEMON@mx.test\nSubject: failure notice", "bounce", "no-reply sender"),
    ("From: postmaster@mx.test\nSubject: Undeliverable: x", "bounce", "no-reply sender"),
    ("From: postmaster@mx.test\nSubject: our order", "complaint", "no-reply sender"),
    ("Return-Path: <>\nSubject: Mail delivery failed", "bounce", "empty Return-Path"),
    ("Subject: Undeliverable goods came back", "complaint", ""),
    ("Subject: Delivery status\nContent-Type: multipart/report; boundary=b", "bounce", "report"),
    (REPORT.format("disposition-notification"), "receipt", "report"),
    (REPORT.format("feedback-report"), "auto_reply", "report"),
    ("Content-Type: multipart/report; boundary=b", "auto_reply", "report"),
    ("Precedence: bulk", "complaint", "Precedence"),
    ("Precedence: Junk", "complaint", "Precedence"),
    ("Precedence: list", "complaint", "Precedence"),
    ("List-Id: Machinists <m.lists.test>", "list", "mailing list"),
    ("List-Post: <mailto:m@lists.test>", "list", "mailing list"),
    ("List-Id: <complaints.acme.test>", "complaint", "mailing list"),
    ("List-Unsubscribe: <mailto:x@y.test>\nPrecedence: bulk", "newsletter", "Precedence"),
    ("List-Unsubscribe: <mailto:x@y.test>", "complaint", "mailing list"),
    ("From: no-reply@shop.test", "complaint", "no-reply sender"),
    ("From: noreply+7@shop.test", "complaint", "no-reply sender"),
    ("From: do-not-reply@shop.test", "complaint", "no-reply sender"),
    ("Reply-To: noreply@shop.test", "complaint", "no-reply sender"),
    ("From: norepling@shop.test", "complaint", ""),
    ("From:", "complaint", "no sender address"),
    ("From: complaints@acme.test", "own", ""),
    ("From: Complaints+x@Acme.test", "own", ""),
    ("From: notcomplaints@acme.test", "complaint", ""),
    ("X-Amends-Installation: 3f2a", "own", ""),
    ("X-Amends-Installation: other", "complaint", ""),
    ("Received: by x\n" * 50, "complaint", ""),
    ("Received: by x\n" * 51, "loop", ""),
    ("X-Loop: complaints@acme.test", "loop", ""),
    ("X-Loop: bob@shop.test", "complaint", ""),
    ("X-Failed-Recipients: a@b.test", "bounce", ""),
    (
        f"Subject: Automatically rejected mail\n{REPORT.format('disposition-notification')}",
        "bounce",
        "report",
    ),
    ("Subject: Auto: away\nIn-Reply-To: <x@shop.test>", "auto_reply", ""),
    ("Subject: Out of office", "complaint", ""),  # one weak sign decides nothing
    ("Subject: Out of office\nReturn-Path: <>", "auto_reply", "empty Return-Path"),
    ("Subject: Re: Out of office\nIn-Reply-To: <x@shop.test>", "reply", ""),
    ("Content-Type: text/calendar; method=REPLY", "auto_reply", ""),
    ("Content-Type: text/calendar; method=REQUEST", "complaint", ""),
    ("X-Yahoo-AutoReply: yes", "auto_reply", "marked as automatic reply"),
    ("X-Mailer: vacation 1.2.7", "auto_reply", "marked as automatic reply"),
    ("In-Reply-To: <x@shop.test>", "reply", ""),
    ("References: <x@shop.test>", "reply", ""),
    (f"To: complaints+{TOKEN}@acme.test", "reply", ""),
    (f"Delivered-To: complaints+{TOKEN}@acme.test", "reply", ""),
    (f"To: other+{TOKEN}@acme.test", "complaint", ""),
    (f"To: complaints+{TOKEN}@acme.test\nList-Id: <m.lists.test>", "reply", "mailing list"),
    ("In-Reply-To: <t@amends.acme.test>\nList-Id: <m.lists.test>", "reply", "mailing list"),
    (
        "In-Reply-To: <t@amends.acme.test>\nAuto-Submitted: auto-replied",
        "auto_reply",
        "Auto-Submitted",
    ),
]


@pytest.mark.parametrize(("headers", "kind", "silence"), HEADER_SETS)
def test_kind_and_silence(headers: str, kind: str, silence: str) -> None:
    read_mail = mail(headers)
    assert screen(read_mail, OWN).kind == kind
    assert may_acknowledge(read_mail) == (not silence, silence)


def test_reference_line_of_our_letters_makes_a_reply() -> None:
    assert screen(mail("Subject: Re: x", f"yes\n> Ref: {TOKEN}"), OWN).kind == "reply"


def test_every_judge_says_yes_to_some_header_set() -> None:
    said = mail("Subject: Returned mail", "---- Failed Recipients ----")
    reasons = {screen(mail(headers), OWN).reason for headers, _, _ in HEADER_SETS}
    reasons.add(screen(said, OWN).reason)
    assert reasons == {reason for _, reason, _ in SCREENS} | {"written to us"}


def test_without_own_words_nothing_is_ours() -> None:
    nobody = OwnAddresses(frozenset())
    assert screen(mail("X-Amends-Installation:"), nobody).kind == "complaint"
    assert screen(mail("In-Reply-To: <x@>"), nobody).kind == "reply"


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        ("Returned Mail - Error", "---- Failed Recipients ----\n<a@b.test>: 550", "bounce"),
        ("Mail could not be delivered", "Received >>> 550 5.1.1 unknown user.", "bounce"),
        ("Mail Delivery Warning", "This is an advisory-only email.", "bounce"),
        (
            "Mail delivery failed: returning message",
            "This message was created automatically by mail delivery software.",
            "bounce",
        ),
        ("Mail delivery failed", "Dear Li, your ring came back. Why?", "complaint"),
        ("Fwd: Mail delivery failed", "Your mail to us came back:\n550 5.1.1 unknown", "complaint"),
        ("Our order", "We got 550 5.1.1 pieces, not 500.", "complaint"),
    ],
)
def test_a_bounce_is_known_by_what_servers_say_first(subject: str, body: str, kind: str) -> None:
    assert screen(mail(f"Subject: {subject}", body), OWN).kind == kind


def test_a_person_who_quotes_a_bounce_below_is_heard() -> None:
    body = "Hello, this is what your server says to us. " * 10 + "\nRCPT TO:<a@b.test> 550 5.1.1"
    assert screen(mail("Subject: could not be delivered", body), OWN).kind == "complaint"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("shop-noreply@x.test", False),
        ("a.do-not-reply@x.test", False),
        ("casino.reply@x.test", True),
    ],
)
def test_no_reply_may_have_a_name_before_it(address: str, may: bool) -> None:
    assert may_acknowledge(mail(f"From: {address}"))[0] is may


# A judge that needs more than linear time would let one mail stop the others.
LONG = (
    "a" * 60_000,
    "(" * 60_000,
    "out of the office " * 4_000,
    "x@" * 30_000,
    "a.b." * 20_000 + "@",
    "[" * 30_000 + "]" * 30_000,
    "is not " * 10_000,
    "this message was " * 5_000,
    " " * 60_000,
    "收件人：" * 15_000,
    "user " * 12_000 + "unknow",
)


@pytest.mark.parametrize("words", LONG, ids=lambda words: repr(words[:12]))
def test_no_words_take_long(words: str) -> None:
    heads = (
        f"Subject: {words}",
        f"Subject: Undeliverable {words}",
        "From: MAILER-DAEMON@mx.test\nSubject: " + words,
        "Subject: Read: " + words,
        f"Subject: x\nAuto-Submitted: {words}\nList-Id: {words}\nX-Loop: {words}",
    )
    for head in heads:
        found = mail(head, words)
        began = time.process_time()
        screen(found, OWN)
        may_acknowledge(found)
        bounce.recipients(found)
        tuple(clues(found, lambda text: (), OWN.addresses))
        assert time.process_time() - began < 0.5
