"""The embedded mail server, asked by the same clients as a real one."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from demo.mail_server import EmbeddedMail
from demo.received import Received, ReceivedMails

DESK = "complaints@acme.test"
BOB = "bob@shop.test"
ARRIVED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MAIL = (
    b"From: bob@shop.test\r\nTo: complaints@acme.test\r\nSubject: Scratched\r\n\r\n"
    b"12 of 300 parts are scratched.\r\n.a line with a leading dot\r\n"
)


@pytest.fixture
def server() -> Iterator[EmbeddedMail]:
    with EmbeddedMail({DESK: "desk", BOB: "bob"}, clock=lambda: ARRIVED) as running:
        yield running


def imap(server: EmbeddedMail, user: str = DESK, password: str = "desk") -> IMAPClient:
    client = IMAPClient("127.0.0.1", server.imap_port, ssl=False, timeout=10)
    try:
        client.login(user, password)
    except LoginError:
        client.shutdown()
        raise
    return client


def send(server: EmbeddedMail, *recipients: str, raw: bytes = MAIL, sender: str = BOB) -> None:
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
        client.sendmail(sender, list(recipients), raw)


def test_what_smtp_takes_imap_shows_byte_for_byte(server: EmbeddedMail) -> None:
    send(server, DESK)
    with imap(server) as client:
        client.select_folder("INBOX")
        uids = client.search("ALL")
        got = client.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE", "FLAGS"])[uids[0]]
    trace = b"Return-Path: <bob@shop.test>\r\nDelivered-To: complaints@acme.test\r\n"
    assert got[b"BODY[]"] == trace + MAIL
    assert got[b"INTERNALDATE"].astimezone(UTC).replace(tzinfo=UTC) == ARRIVED
    assert b"\\Seen" not in got[b"FLAGS"]
    assert server.messages(DESK) == [trace + MAIL]


def test_received_keeps_the_envelope(server: EmbeddedMail) -> None:
    send(server, DESK, "someone@elsewhere.test", sender="")
    assert server.received == (Received("", (DESK, "someone@elsewhere.test"), MAIL),)


@pytest.mark.parametrize(
    ("address", "user"),
    [
        (DESK, DESK),
        ("complaints+r.k7f@acme.test", DESK),
        ("Complaints+R.K7F@ACME.test", DESK),
        ("complaints@other.test", None),
        ("compl+aints@acme.test", None),
        ("no address", None),
    ],
)
def test_plus_addressing(server: EmbeddedMail, address: str, user: str | None) -> None:
    assert server.user_of(address) == user


def test_a_plus_address_is_delivered_and_stays_visible(server: EmbeddedMail) -> None:
    send(server, "complaints+token@acme.test")
    assert b"Delivered-To: complaints+token@acme.test\r\n" in server.messages(DESK)[0]


def test_mail_to_several_people_reaches_each(server: EmbeddedMail) -> None:
    send(server, DESK, BOB)
    assert len(server.messages(DESK)) == len(server.messages(BOB)) == 1


def test_deliver_puts_the_bytes_as_they_are(server: EmbeddedMail) -> None:
    broken = b"\x00\xff not a mail at all"
    server.deliver(DESK, broken)
    assert server.messages(DESK) == [broken]
    with pytest.raises(KeyError, match="no user nobody"):
        server.deliver("nobody@acme.test", broken)


def test_idle_hears_of_a_delivery(server: EmbeddedMail) -> None:
    with imap(server) as client:
        client.select_folder("INBOX")
        client.idle()
        server.deliver(DESK, MAIL)
        assert (1, b"EXISTS") in client.idle_check(timeout=10)
        client.idle_done()


def test_a_mail_moves_to_another_folder(server: EmbeddedMail) -> None:
    server.deliver(DESK, MAIL)
    with imap(server) as client:
        client.create_folder("Processed")
        client.select_folder("INBOX")
        client.move(client.search("ALL"), "Processed")
    assert server.messages(DESK) == []
    assert server.messages(DESK, "Processed") == [MAIL]


def test_wrong_passwords_are_refused_by_both_halves(server: EmbeddedMail) -> None:
    with pytest.raises(LoginError):
        imap(server, password="wrong")
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(DESK, "wrong")
        assert client.login(DESK, "desk")[0] == 235


def test_smtp_log_in_can_be_demanded() -> None:
    with (
        EmbeddedMail({DESK: "desk"}, smtp_auth_required=True) as server,
        smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client,
    ):
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            client.sendmail(BOB, [DESK], MAIL)
        client.login(DESK, "desk")
        client.sendmail(BOB, [DESK], MAIL)
        assert len(server.messages(DESK)) == 1


def test_the_hook_answers_in_place_of_the_server() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def hook(command: str, mail: Received) -> str | None:
        asked.append((command, mail.recipients))
        return "550 5.1.1 nobody here" if mail.recipients == ("ghost@acme.test",) else None

    with EmbeddedMail({DESK: "desk"}, smtp_hook=hook) as server:
        with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
            refused = client.sendmail(BOB, [DESK, "ghost@acme.test"], MAIL)
        assert refused == {"ghost@acme.test": (550, b"5.1.1 nobody here")}
        assert server.received == (Received(BOB, (DESK,), MAIL),)
    assert asked == [
        ("EHLO", ()),
        ("MAIL", ()),
        ("RCPT", (DESK,)),
        ("RCPT", ("ghost@acme.test",)),
        ("DATA", (DESK,)),
    ]


def test_wait_for_returns_what_came_and_gives_up_in_time(server: EmbeddedMail) -> None:
    send(server, DESK)
    assert len(server.wait_for(lambda mails: len(mails) == 1)) == 1
    with pytest.raises(TimeoutError, match="1 mails came"):
        server.wait_for(lambda mails: len(mails) == 2, seconds=0.01)


def test_waiting_ends_when_another_thread_adds() -> None:
    mails = ReceivedMails()
    first, second = Received("a@a.test", (), b"1"), Received("b@b.test", (), b"2")

    def enough(so_far: object) -> bool:
        # The record is locked here, so `second` can only be added while wait_for waits.
        if so_far == [first]:
            Thread(target=mails.add, args=(second,)).start()
        return so_far == [first, second]

    mails.add(first)
    assert mails.wait_for(enough) == (first, second)


def test_a_stopped_server_is_gone_and_its_port_free() -> None:
    with EmbeddedMail({DESK: "desk"}) as server:
        imap_port = server.imap_port
    with pytest.raises(ConnectionRefusedError):
        IMAPClient("127.0.0.1", imap_port, ssl=False, timeout=5)
    with EmbeddedMail({DESK: "desk"}, imap_port=imap_port) as again:
        assert again.imap_port == imap_port
        imap(again).logout()
