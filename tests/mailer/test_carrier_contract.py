"""What every carrier does: the real one against a real server, and the fake of other tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from mailer.carry import Carrier, Outcome, SmtpCarrier, State
from mailer.remember import RememberingCarrier
from tests.servers.smtp_sink import Fault, SmtpSink

SENDER, RECIPIENT = "complaints+tok@parts.example", "jana@sensorik.example"
MAIL = b"From: complaints@parts.example\r\nSubject: hello\r\n\r\n.dots stay\r\n..so\r\n.\r\nend\r\n"


@dataclass
class Subject:
    """A carrier, how to let its next try end so, and what reached the other side."""

    carrier: Carrier
    expect: Callable[[State], None]
    mails: Callable[[], list[tuple[str, str, bytes]]]

    def carry(self, sender: str = SENDER, recipient: str = RECIPIENT) -> Outcome:
        return asyncio.run(self.carrier.carry(sender, recipient, MAIL))


def _smtp(sink: SmtpSink) -> Subject:
    carrier = SmtpCarrier("127.0.0.1", sink.port, "plain", None, None, None, 5.0, "desk.example")

    def expect(state: State) -> None:
        match state:
            case "deferred":
                sink.answer("RCPT", "451 4.7.1 greylisted")
            case "refused":
                sink.answer("RCPT", "550 5.1.1 no such person")
            case "uncertain":
                sink.misbehave("DATA", Fault.CUT, taken=True)
            case "blocked":
                sink.answer("MAIL", "550 5.7.1 not your address")
            case "accepted":
                pass

    def mails() -> list[tuple[str, str, bytes]]:
        return [(m.sender, r, m.raw) for m in sink.received for r in m.recipients]

    return Subject(carrier, expect, mails)


def _fake() -> Subject:
    carrier = RememberingCarrier()

    def expect(state: State) -> None:
        carrier.outcomes.append(Outcome(state, None, "as expected"))

    return Subject(carrier, expect, lambda: carrier.mails)


@pytest.fixture(params=["smtp", "remembering"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "smtp":
        with SmtpSink() as sink:
            yield _smtp(sink)
    else:
        yield _fake()


def test_an_accepted_mail_arrives_byte_for_byte(subject: Subject) -> None:
    outcome = subject.carry()
    assert replace(outcome, text="") == Outcome("accepted", 250, "")
    assert subject.mails() == [(SENDER, RECIPIENT, MAIL)]


@pytest.mark.parametrize("state", ["deferred", "refused", "blocked"])
def test_nothing_arrives_and_the_next_try_is_free(subject: Subject, state: State) -> None:
    subject.expect(state)
    assert subject.carry().state == state
    assert subject.mails() == []
    assert subject.carry().state == "accepted"


def test_an_uncertain_mail_may_have_arrived(subject: Subject) -> None:
    subject.expect("uncertain")
    assert subject.carry().state == "uncertain"
    assert len(subject.mails()) == 1


@pytest.mark.parametrize(
    "recipient", ["", "jana", "jana@x.example\r\nRCPT TO:<evil@x.example>", "a@b@c.example"]
)
def test_a_recipient_that_is_none_is_refused_before_the_wire(
    subject: Subject, recipient: str
) -> None:
    assert subject.carry(recipient=recipient).state == "refused"
    assert subject.mails() == []


def test_the_null_sender_is_allowed(subject: Subject) -> None:
    assert subject.carry(sender="").state == "accepted"
    assert [sender for sender, _, _ in subject.mails()] == [""]
