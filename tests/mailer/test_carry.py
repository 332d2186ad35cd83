"""How far a mail came, judged at each moment of the dialogue (deps.md 3, reliability.md 6 B)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cases.errors import BadInput
from mailer.carry import Outcome, Security, SmtpCarrier
from tests.mailer.scripted_smtp import CUT, HANG, Script, also_at, scripted
from tests.servers.certificate import Certificate
from tests.servers.cutting_proxy import CuttingProxy, Hurt, Kind, Towards
from tests.servers.smtp_sink import Fault, SmtpSink

SENDER, RECIPIENT = "complaints@parts.example", "jana@sensorik.example"
MAIL = b"Subject: hello\r\n\r\nhello\r\n"
BIG = b"Subject: big\r\n\r\n" + (b"0123456789" * 90 + b"\r\n") * 10_000  # 9 MB: no buffer holds it
SECRET = "open sesame"


def carrier(
    port: int,
    security: Security = "plain",
    *,
    ca: Path | None = None,
    user: str | None = None,
    password: Callable[[], str] | str | None = SECRET,
    timeout: float = 5.0,
    host: str = "127.0.0.1",
) -> SmtpCarrier:
    ca_file = str(ca) if ca else None
    return SmtpCarrier(host, port, security, ca_file, user, password, timeout, "desk.example")


def carry(one: SmtpCarrier, mail: bytes = MAIL, recipient: str = RECIPIENT) -> Outcome:
    return asyncio.run(one.carry(SENDER, recipient, mail))


def play(
    answers: Mapping[str, str], mail: bytes = MAIL, timeout: float = 5.0
) -> tuple[Outcome, Script]:
    async def run() -> tuple[Outcome, Script]:
        async with scripted(**answers) as script:
            one = carrier(script.port, timeout=timeout)
            return await one.carry(SENDER, RECIPIENT, mail), script

    return asyncio.run(run())


# --- the reply decides, and the moment at which there is none


@pytest.mark.parametrize(
    ("moment", "reply", "expected"),
    [
        ("greeting", "421 too busy", ("deferred", 421)),
        ("greeting", "554 no service for you", ("blocked", 554)),
        ("EHLO", "421 going down", ("deferred", 421)),
        ("MAIL", "451 later", ("deferred", 451)),
        ("MAIL", "550 not your address", ("blocked", 550)),
        ("MAIL", "530 log in first", ("blocked", 530)),
        ("MAIL", "552 too big", ("refused", 552)),
        ("RCPT", "452 mailbox full", ("deferred", 452)),
        ("RCPT", "450 greylisted", ("deferred", 450)),
        ("RCPT", "421 going down", ("deferred", 421)),
        ("RCPT", "550 no such person", ("refused", 550)),
        ("RCPT", "251 will forward", ("accepted", 250)),
        ("DATA", "421 going down", ("deferred", 421)),
        ("DATA", "451 later", ("deferred", 451)),
        ("DATA", "554 no", ("refused", 554)),
        ("DATA", "250 what", ("deferred", 250)),
        ("dot", "250 taken as 4711", ("accepted", 250)),
        ("dot", "421 going down", ("deferred", 421)),
        ("dot", "452 disk full", ("deferred", 452)),
        ("dot", "554 spam", ("refused", 554)),
        ("dot", "354 go on", ("uncertain", 354)),
        ("dot", "xyz", ("uncertain", None)),
    ],
)
def test_replies(moment: str, reply: str, expected: tuple[str, int | None]) -> None:
    outcome, _ = play({moment: reply})
    assert (outcome.state, outcome.code) == expected


@pytest.mark.parametrize("how", [CUT, HANG])
@pytest.mark.parametrize("moment", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_lost_before_the_mail_left_is_deferred(moment: str, how: str) -> None:
    outcome, script = play({moment: how}, timeout=0.2)
    assert (outcome.state, outcome.code) == ("deferred", None)
    assert b"hello\r\n" not in script.heard


@pytest.mark.parametrize("how", [CUT, HANG])
def test_lost_in_the_middle_of_the_mail_is_deferred(how: str) -> None:
    outcome, script = play({"body": how}, BIG, timeout=0.3)
    assert (outcome.state, outcome.code) == ("deferred", None)
    assert b".\r\n" not in script.heard


@pytest.mark.parametrize("how", [CUT, HANG])
@pytest.mark.parametrize("mail", [MAIL, BIG], ids=["small", "big"])
def test_lost_after_the_final_dot_is_uncertain(mail: bytes, how: str) -> None:
    outcome, script = play({"dot": how}, mail, timeout=0.5)
    assert (outcome.state, outcome.code) == ("uncertain", None)
    assert script.heard[-1] == b".\r\n"


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.END])
def test_lost_while_the_last_word_was_asked_for_is_lost_before_the_dot(
    smtp_sink: SmtpSink, kind: Kind
) -> None:
    """Whoever asks the database keeps the loop busy, and the connection may be gone meanwhile."""
    hurt = Hurt(kind, Towards.SERVER, 170)  # in the mail
    with CuttingProxy(smtp_sink.port, lambda: hurt) as way:

        async def may_end() -> bool:
            while not way.done:
                time.sleep(0.001)
            time.sleep(0.1)
            return True

        one = carrier(way.port)
        outcome = asyncio.run(one.carry(SENDER, RECIPIENT, MAIL + b"x" * 1000, may_end))
        assert way.done
    assert (outcome.state, outcome.code) == ("deferred", None), outcome.text
    assert smtp_sink.received == ()


def test_patience_after_the_dot_is_its_own() -> None:
    async def run() -> Outcome:
        async with scripted(dot=HANG) as script:
            one = SmtpCarrier(
                "127.0.0.1", script.port, "plain", None, None, None, 60, "d.example", 0.1
            )
            return await one.carry(SENDER, RECIPIENT, MAIL)

    assert asyncio.run(run()).state == "uncertain"


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = carry(carrier(unused.getsockname()[1]))
    assert outcome.state == "deferred"
    assert "is not reached" in outcome.text


def test_a_host_that_cannot_be_one() -> None:
    assert carry(carrier(1, host="a..b")).state == "deferred"


def test_the_servers_words_are_one_sound_line() -> None:
    outcome, _ = play({"RCPT": "550-no\r\n550-such\x1b[31m\r\n550 person \udcff" + "x" * 2000})
    assert outcome.text.startswith("no such [31m person ")
    assert len(outcome.text) == 500
    assert outcome.text.encode()


def test_a_try_that_is_cancelled_leaves_no_mail() -> None:
    async def run() -> Script:
        async with scripted(body=HANG) as script:
            task = asyncio.create_task(carrier(script.port).carry(SENDER, RECIPIENT, BIG))
            while b"Subject: big\r\n" not in script.heard:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return script

    assert b".\r\n" not in asyncio.run(run()).heard


def test_the_server_is_not_kept_waiting_for_quit() -> None:
    outcome, script = play({"QUIT": HANG})
    assert outcome.state == "accepted"
    assert script.heard[-1] in (b"QUIT\r\n", b".\r\n")


# --- what the server cannot take


def test_too_big_for_the_server_is_refused_before_the_transfer() -> None:
    outcome, script = play({"EHLO": "250-scripted\r\n250 SIZE 1000"}, BIG)
    assert outcome.state == "refused"
    assert "takes at most 1000 bytes" in outcome.text
    assert not any(line.startswith(b"MAIL") for line in script.heard)


def test_size_is_announced() -> None:
    _, script = play({"EHLO": "250-scripted\r\n250 SIZE 100000"})
    assert f"MAIL FROM:<{SENDER}> SIZE={len(MAIL)}\r\n".encode() in script.heard


def test_address_beyond_ascii_needs_a_server_that_takes_it(smtp_sink: SmtpSink) -> None:
    async def run() -> Outcome:
        async with scripted() as script:
            return await carrier(script.port).carry(SENDER, "王伟@例子.example", MAIL)

    assert asyncio.run(run()).state == "refused"
    assert carry(carrier(smtp_sink.port), recipient="王伟@例子.example").state == "accepted"
    assert smtp_sink.received[0].recipients == ("王伟@xn--fsqu00a.example",)


# --- TLS and the log-in: the queue waits, and no password leaves in clear


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_by_tls(certificate: Certificate, security: Security) -> None:
    with SmtpSink(
        certificate=certificate, implicit_tls=security == "tls", passwords={"desk": SECRET}
    ) as sink:
        one = carrier(sink.port, security, ca=certificate.ca, user="desk", password=lambda: SECRET)
        assert carry(one, BIG).state == "accepted"
        assert sink.received[0].raw == BIG


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_lost_by_tls(certificate: Certificate, security: Security) -> None:
    with SmtpSink(certificate=certificate, implicit_tls=security == "tls") as sink:
        one = carrier(sink.port, security, ca=certificate.ca, timeout=1)
        for moment, fault, expected in [
            ("MAIL", Fault.CUT, "deferred"),
            ("RCPT", Fault.HANG, "deferred"),
            ("DATA", Fault.CUT, "uncertain"),
            ("DATA", Fault.HANG, "uncertain"),
        ]:
            sink.misbehave(moment, fault)
            assert carry(one).state == expected, (moment, fault)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_blocks(
    certificate: Certificate, security: Security, tmp_path: Path
) -> None:
    with SmtpSink(
        certificate=certificate, implicit_tls=security == "tls", passwords={"desk": SECRET}
    ) as sink:
        ca = Certificate.make(tmp_path).ca
        outcome = carry(carrier(sink.port, security, ca=ca, user="desk"))
        assert (outcome.state, outcome.code) == ("blocked", None)
        assert "fails TLS" in outcome.text
        assert sink.received == ()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_with_another_name_blocks(
    certificate: Certificate, security: Security
) -> None:
    async def run(port: int) -> Outcome:
        async with also_at("127.0.0.2", port):
            one = carrier(port, security, ca=certificate.ca, user="desk", host="127.0.0.2")
            return await one.carry(SENDER, RECIPIENT, MAIL)

    with SmtpSink(
        certificate=certificate, implicit_tls=security == "tls", passwords={"desk": SECRET}
    ) as sink:
        outcome = asyncio.run(run(sink.port))
        assert (outcome.state, outcome.code) == ("blocked", None)
        assert "127.0.0.2" in outcome.text
        assert "fails TLS" in outcome.text


@pytest.mark.parametrize("ehlo", ["250 scripted", "250-scripted\r\n250 AUTH PLAIN LOGIN"])
def test_starttls_stripped_blocks_and_no_password_leaves(ehlo: str) -> None:
    async def run() -> tuple[Outcome, Script]:
        async with scripted(EHLO=ehlo) as script:
            one = carrier(script.port, "starttls", user="desk")
            return await one.carry(SENDER, RECIPIENT, MAIL), script

    outcome, script = asyncio.run(run())
    assert outcome.state == "blocked"
    assert "offers no STARTTLS" in outcome.text
    assert not any(line.startswith((b"AUTH", b"MAIL")) for line in script.heard)


def test_plain_server_on_the_tls_port_blocks(smtp_sink: SmtpSink) -> None:
    outcome = carry(carrier(smtp_sink.port, "tls"))
    assert outcome.state == "blocked"
    assert "port 465: tls" in outcome.text


def test_a_ca_file_that_is_missing_blocks(tmp_path: Path) -> None:
    outcome = carry(carrier(1, "tls", ca=tmp_path / "missing.pem"))
    assert outcome.state == "blocked"
    assert "missing.pem" in outcome.text


def test_a_wrong_password_blocks_and_is_not_told(certificate: Certificate) -> None:
    with SmtpSink(certificate=certificate, passwords={"desk": SECRET}) as sink:
        one = carrier(sink.port, "starttls", ca=certificate.ca, user="desk", password="guess")
        outcome = carry(one)
    assert (outcome.state, outcome.code) == ("blocked", 535)
    assert "check user and password" in outcome.text
    assert "guess" not in outcome.text


@pytest.mark.parametrize(
    ("reply", "state"), [("454 later", "deferred"), ("535 no", "blocked"), (CUT, "deferred")]
)
def test_log_in_replies(reply: str, state: str) -> None:
    async def run() -> Outcome:
        async with scripted(EHLO="250-scripted\r\n250 AUTH PLAIN", AUTH=reply) as script:
            return await carrier(script.port, user="desk").carry(SENDER, RECIPIENT, MAIL)

    assert asyncio.run(run()).state == state


def test_the_password_is_not_shown() -> None:
    assert SECRET not in repr(carrier(25, user="desk"))


def test_a_server_without_log_in_blocks() -> None:
    async def run() -> Outcome:
        async with scripted() as script:
            return await carrier(script.port, user="desk").carry(SENDER, RECIPIENT, MAIL)

    outcome = asyncio.run(run())
    assert outcome.state == "blocked"
    assert "offers no log-in" in outcome.text


def test_a_password_that_cannot_be_read_blocks() -> None:
    def unreadable() -> str:
        raise BadInput("the file /run/secrets/smtp is missing")

    async def run() -> Outcome:
        async with scripted(EHLO="250-scripted\r\n250 AUTH PLAIN") as script:
            one = carrier(script.port, user="desk", password=unreadable)
            return await one.carry(SENDER, RECIPIENT, MAIL)

    outcome = asyncio.run(run())
    assert outcome.state == "blocked"
    assert "cannot be read" in outcome.text
