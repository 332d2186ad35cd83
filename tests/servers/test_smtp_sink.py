"""The SMTP sink does what its script says, and reaches a real mailbox."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator

import pytest

from demo.received import Received
from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.smtp_front import into_mailboxes
from tests.servers.smtp_sink import ALWAYS, Fault, SmtpSink

BOB = "bob@shop.test"
ANN = "ann@shop.test"
MAIL = b"From: bob@shop.test\r\nTo: desk@acme.test\r\nSubject: Rust\r\n\r\nRust on 3 parts.\r\n"


def smtp(sink: SmtpSink) -> smtplib.SMTP:
    return smtplib.SMTP("localhost", sink.port, timeout=10)


def impatient(client: smtplib.SMTP) -> None:
    """Wait no longer than a second from now on; a busy machine may have needed more before."""
    assert client.sock is not None
    client.sock.settimeout(1)


def test_the_sink_takes_every_mail_as_it_is(smtp_sink: SmtpSink) -> None:
    with smtp(smtp_sink) as client:
        client.sendmail("", [BOB, ANN], MAIL)
    assert smtp_sink.received == (Received("", (BOB, ANN), MAIL),)


def test_replies_are_used_in_order_and_run_out(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("RCPT", "451 4.2.0 try later", times=2)
    smtp_sink.answer("RCPT", "450 4.2.1 still not")
    with smtp(smtp_sink) as client:
        client.ehlo()
        client.mail(BOB)
        assert [client.rcpt(ANN)[0] for _ in range(4)] == [451, 451, 450, 250]


def test_a_reply_can_be_for_one_recipient(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("RCPT", "550 5.1.1 no such user", address=ANN, times=ALWAYS)
    with smtp(smtp_sink) as client:
        assert client.sendmail(BOB, [BOB, ANN], MAIL) == {ANN: (550, b"5.1.1 no such user")}
        smtp_sink.behave()
        assert client.sendmail(BOB, [BOB, ANN], MAIL) == {}
    assert [mail.recipients for mail in smtp_sink.received] == [(BOB,), (BOB, ANN)]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("EHLO", smtplib.SMTPHeloError),
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
    ],
)
def test_each_command_can_be_refused(
    smtp_sink: SmtpSink, command: str, error: type[smtplib.SMTPException]
) -> None:
    smtp_sink.answer(command, "554 5.7.0 refused", times=ALWAYS)
    with smtp(smtp_sink) as client, pytest.raises(error):
        client.sendmail(BOB, [ANN], MAIL)
    assert smtp_sink.received == ()


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_cut_connection_ends_without_an_answer(smtp_sink: SmtpSink, command: str) -> None:
    smtp_sink.misbehave(command, Fault.CUT)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        smtp(smtp_sink).sendmail(BOB, [ANN], MAIL)
    assert smtp_sink.received == ()
    with smtp(smtp_sink) as client:
        client.sendmail(BOB, [ANN], MAIL)
    assert len(smtp_sink.received) == 1


@pytest.mark.parametrize("fault", Fault)
def test_a_mail_can_be_taken_and_its_answer_lost(smtp_sink: SmtpSink, fault: Fault) -> None:
    smtp_sink.misbehave("DATA", fault, taken=True)
    client = smtp(smtp_sink)
    client.ehlo()
    client.mail(BOB)
    client.rcpt(ANN)
    impatient(client)
    with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError, ConnectionResetError)):
        client.data(MAIL)
    client.close()
    assert smtp_sink.wait_for(lambda mails: len(mails) > 0) == (Received(BOB, (ANN,), MAIL),)


def test_a_hanging_server_says_nothing(smtp_sink: SmtpSink) -> None:
    smtp_sink.misbehave("RCPT", Fault.HANG)
    client = smtp(smtp_sink)
    client.ehlo()
    client.mail(BOB)
    impatient(client)
    with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError)):
        client.rcpt(ANN)
    client.close()


def test_a_stopped_sink_refuses_and_comes_back_on_its_port(smtp_sink: SmtpSink) -> None:
    port = smtp_sink.port
    smtp_sink.stop()
    with pytest.raises(ConnectionRefusedError):
        smtp(smtp_sink)
    smtp_sink.start()
    assert smtp_sink.port == port
    smtp(smtp_sink).quit()


@pytest.fixture
def guarded_sink(certificate: Certificate) -> Iterator[SmtpSink]:
    passwords = {"desk": "secret"}
    with SmtpSink(certificate=certificate, starttls_required=True, passwords=passwords) as sink:
        yield sink


def test_starttls_and_log_in_are_demanded(guarded_sink: SmtpSink, certificate: Certificate) -> None:
    with smtp(guarded_sink) as client:
        with pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"):
            client.sendmail(BOB, [ANN], MAIL)
        client.starttls(context=certificate.for_client())
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            client.sendmail(BOB, [ANN], MAIL)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("desk", "wrong")
        client.login("desk", "secret")
        client.sendmail(BOB, [ANN], MAIL)
    assert len(guarded_sink.received) == 1


def test_starttls_is_refused_by_who_does_not_trust_the_authority(guarded_sink: SmtpSink) -> None:
    client = smtp(guarded_sink)
    with pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=ssl.create_default_context())
    client.close()


def test_a_connection_can_be_cut_under_tls(
    guarded_sink: SmtpSink, certificate: Certificate
) -> None:
    guarded_sink.misbehave("DATA", Fault.CUT, taken=True)
    client = smtp(guarded_sink)
    client.starttls(context=certificate.for_client())
    client.login("desk", "secret")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError, ssl.SSLEOFError)):
        client.sendmail(BOB, [ANN], MAIL)
    client.close()
    assert len(guarded_sink.received) == 1


def test_implicit_tls(certificate: Certificate) -> None:
    with (
        SmtpSink(certificate=certificate, implicit_tls=True) as sink,
        smtplib.SMTP_SSL("localhost", sink.port, context=certificate.for_client()) as client,
    ):
        client.sendmail(BOB, [ANN], MAIL)
        assert len(sink.received) == 1


def test_smtp_reaches_a_real_mailbox(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    deliver = into_mailboxes(dovecot, lambda address: address.endswith("@acme.test"))
    with SmtpSink(deliver=deliver) as sink, smtp(sink) as client:
        client.sendmail(BOB, [user, ANN], MAIL)
        assert sink.received == (Received(BOB, (user, ANN), MAIL),)
    (stored,) = dovecot.messages(user)
    assert stored.endswith(MAIL)


@pytest.mark.dovecot
@pytest.mark.skipif(not PrivateDovecot.available(), reason="needs Dovecot")
def test_a_mailbox_that_is_away_defers_the_mail() -> None:
    with PrivateDovecot({BOB: "secret"}) as dovecot:
        dovecot.stop()
        deliver = into_mailboxes(dovecot, lambda address: True)
        with SmtpSink(deliver=deliver) as sink, smtp(sink) as client:
            with pytest.raises(smtplib.SMTPDataError, match=r"451.*delivery failed"):
                client.sendmail(ANN, [BOB], MAIL)
            assert sink.received == ()
