"""Delivery status notifications (RFC 3464): what is told of whom, and nothing more."""

from __future__ import annotations

import pytest

from intake.kinds.dsn import Reported, verdict
from intake.parse import read


def reported(raw: bytes) -> tuple[Reported, ...]:
    return read(raw).reported


HEAD = b"""\
From: MAILER-DAEMON@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Action: failed (in words)
--b
Content-Type: message/delivery-status; charset=us-ascii
Content-Description: Delivery report

Reporting-MTA: dns; mx.example
Status: 5.0.0

"""
TAIL = b"""\
--b
Content-Type: message/rfc822

Final-Recipient: rfc822; not@a.field
Action: failed
--b--
"""


def one(*lines: str) -> bytes:
    return "\n".join((*lines, "", "")).encode()


FAILED = one(
    "Original-Recipient: rfc822;jana@sensorik.example",
    "Final-Recipient: RFC822; <Jana@Sensorik.example>",
    "Action: Failed (permanent)",
    "Status: 5.2.2 (mailbox full)",
    "Diagnostic-Code: smtp; 552 5.2.2 the mailbox",
    "    is full",
)


def test_one_recipient() -> None:
    assert reported(HEAD + FAILED + TAIL) == (
        Reported("jana@sensorik.example", "failed", "5.2.2", "552 5.2.2 the mailbox is full"),
    )


def test_any_line_end() -> None:
    mail = HEAD + FAILED + TAIL
    assert reported(mail.replace(b"\n", b"\r\n")) == reported(mail)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((("failed", "5.1.1"),), "failed"),
        ((("delayed", "4.4.7"),), "delayed"),
        ((("relayed", "2.0.0"),), "arrived"),
        ((("expanded", "2.0.0"),), "arrived"),
        ((("", "5.1.1"),), "failed"),  # the action is missing: its class says enough
        ((("", "4.2.2"),), "delayed"),
        ((("failed", "4.4.7"),), "failed"),  # given up after days
        ((("failed", "5.1.1"), ("delayed", "4.4.1")), "failed"),
        ((("failed", "5.1.1"), ("delivered", "2.0.0")), "arrived"),  # one of those it went on to
        ((("odd", "9.9.9"),), "unknown"),
        ((), "unknown"),
    ],
)
def test_the_verdict(groups: tuple[tuple[str, str], ...], expected: str) -> None:
    told = b"".join(
        one("Final-Recipient: rfc822; a@b.example", f"Action: {action}", f"Status: {status}")
        for action, status in groups
    )
    assert verdict(reported(HEAD + told + TAIL)) == expected


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Content-Type: message/delivery-status",
        b"Subject: x\n\nContent-Type: message/delivery-statuses\n\nAction: failed\n",
        HEAD.replace(b"message/delivery-status", b"text/plain") + FAILED,
    ],
)
def test_what_holds_no_report(mail: bytes) -> None:
    assert reported(mail) == ()


def test_cut_anywhere_it_reads_or_says_nothing() -> None:
    mail = HEAD + FAILED + TAIL
    for end in range(len(mail)):
        assert len(reported(mail[:end])) <= 1


def test_a_bomb_of_recipients_costs_little() -> None:
    assert len(reported(HEAD + FAILED * 100_000)) <= 100
