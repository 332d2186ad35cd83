"""The copy for our own mailbox travels in the same envelope, and decides nothing."""

from __future__ import annotations

import asyncio

import pytest

from mailer.carry import Outcome, SmtpCarrier
from tests.servers.smtp_sink import SmtpSink

SENDER, RECIPIENT, OWN = "c@parts.example", "jana@sensorik.example", "c+copy@parts.example"
MAIL = b"Subject: hello\r\n\r\nhello\r\n"


def carry(sink: SmtpSink, own_copy: str | None = OWN) -> Outcome:
    out = SmtpCarrier("127.0.0.1", sink.port, "plain", None, None, None, 5.0, "desk.example")
    return asyncio.run(out.carry(SENDER, RECIPIENT, MAIL, own_copy=own_copy))


def test_one_mail_two_recipients(smtp_sink: SmtpSink) -> None:
    assert carry(smtp_sink).state == "accepted"
    (mail,) = smtp_sink.received
    assert mail.recipients == (RECIPIENT, OWN)


@pytest.mark.parametrize("reply", ["550 5.1.1 no such person", "451 4.7.1 greylisted"])
def test_the_letter_leaves_without_it(reply: str, smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("RCPT", reply, address=OWN)
    assert carry(smtp_sink).state == "accepted"
    (mail,) = smtp_sink.received
    assert mail.recipients == (RECIPIENT,)


def test_a_refused_letter_is_not_sent_to_ourselves(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("RCPT", "550 5.1.1 no such person", address=RECIPIENT)
    assert carry(smtp_sink).state == "refused"
    assert smtp_sink.received == ()


def test_what_is_no_address_is_left_out(smtp_sink: SmtpSink) -> None:
    assert carry(smtp_sink, "c@parts.example\r\nRCPT TO:<x@y.example>").state == "accepted"
    (mail,) = smtp_sink.received
    assert mail.recipients == (RECIPIENT,)
