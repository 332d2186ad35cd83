"""Bounces in words: whom they are about, in the few shapes that their hundreds of wordings have."""

from __future__ import annotations

import pytest

from intake.kinds import notice
from intake.kinds.screen import OwnAddresses
from intake.report import report

SERVER = "mailer-daemon@srv.example"
U = "u@x.example"


def told(subject: str, text: str, *ours: str) -> list[tuple[str, str, str]]:
    found = notice.recipients(subject, text, SERVER, ours)
    return [(one.address, one.action, one.status) for one in found]


@pytest.mark.parametrize(
    ("subject", "text", "status"),
    [
        ("Mail failure", f"We could not reach:\n<{U}>: user not found\n", "5.1.1"),
        ("Mail failed", f"These did NOT receive it:\n\n> {U} - No such user\n", "5.1.1"),
        ("Returned", f"Intended recipient: {U}\n\nThe user's quota exceeded\n", "5.2.2"),
        ("Returned", f"Your message, addressed to '{U}', was lost.\n", "5.0.0"),
        ("Report", f"--> Error description:\nError-for:  {U}\nError-Code: 3\n", "5.0.0"),
        ("Failure", f"Failed Recipient: {U}\nReason: said: 550 5.1.1 unknown\n", "5.1.1"),
        ("Undeliverable", f"These addresses failed, {U}, please check.", "5.0.0"),
        ("Delivery failed", f"RCPT TO:<{U}> was answered by 554 spam\n", "5.7.1"),
        ("Returned", f"dda:SMTP={U}; on Fri\n    The recipient is not recognized", "5.1.1"),
        ("Returned", f"The recipient SMTP%{U} is unknown", "5.1.1"),
        ("Returned", f"<{U}>: host unknown\n\nPlease contact help@srv.example\n", "5.1.2"),
        ("Returned", f"Wenden Sie sich bitte an\nhelp@srv.example\n\n<{U}>: 550 nein", "5.0.0"),
        (f"Undeliverable: {U}", "The mailbox does not exist.", "5.1.1"),
        ("Returned", f"{U}\n 452 4.2.2 full\n\n--- Original message ---\nTo: z@z.example", "4.2.2"),
        ("Returned", f"Your message\n  To: {U}\n  Subject: x\nwas not delivered", "5.0.0"),
        ("Returned", f"Hier steht\n<{U}>: 550 see\n    help@srv.example for more\n", "5.0.0"),
    ],
)
def test_one_recipient_and_the_reason(subject: str, text: str, status: str) -> None:
    assert told(subject, text) == [(U, "failed", status)]


@pytest.mark.parametrize(
    "text",
    [
        f"Your message to {U} is delayed. Will retry for 3 days.",
        f"<{U}>: connection timed out\nWill keep trying until message is 5 days old",
        f"{U}\nYou'll be notified if the delivery fails permanently. Delayed.",
        f"已延迟投递：{U}",
        f"Die Zustellung an {U} verzögert sich.",
    ],
)
def test_a_delay_is_no_failure(text: str) -> None:
    ((address, action, status),) = told("Warning", text)
    assert (address, action, status[0]) == (U, "delayed", "4")


@pytest.mark.parametrize(
    "text",
    [
        f"<{U}>: delayed for 5 days. Permanent error: giving up.",
        f"{U} - User unknown! Your mail was delayed and has been returned.",
    ],
)
def test_what_is_over_is_no_delay(text: str) -> None:
    assert [action for _, action, _ in told("Warning", text)] == ["failed"]


def test_each_recipient_has_its_own_reason() -> None:
    text = "<a@x.example>:\nmailbox full\n\n<b@x.example>:\nno such user\n"
    assert told("failure notice", text) == [
        ("a@x.example", "failed", "5.2.2"),
        ("b@x.example", "failed", "5.1.1"),
    ]


def test_neither_we_nor_the_server_are_meant() -> None:
    text = f"From: us@acme.example\nus@acme.example wrote to {U}\n{SERVER}\n"
    assert told("failure notice", text, "us@acme.example")[0][0] == U


def test_a_name_without_a_domain_is_of_the_servers_own() -> None:
    text = "Your mail to the following recipients could not be delivered:\n\tscreenname\n"
    assert told("Mail Delivery Problem", text) == [("screenname@srv.example", "failed", "5.0.0")]


def test_nobody_is_named() -> None:
    assert told("Mail delivery failed", "One or more of the recipients are not valid.") == []


def test_the_report_of_a_bounce() -> None:
    own = OwnAddresses(frozenset())
    raw = f"From: {SERVER}\nSubject: failure notice\n\n<{U}>:\nno such user\n".encode()
    assert report("x", raw, own)["bounce"] == {
        "recipients": [{"address": U, "status": "5.1.1", "action": "failed"}]
    }
    assert report("x", raw.replace(SERVER.encode(), b"a@b.example"), own)["bounce"] is None
    nobody = f"From: {SERVER}\nSubject: failure notice\n\nSorry.\n".encode()
    assert report("x", nobody, own)["bounce"] == {"recipients": []}
