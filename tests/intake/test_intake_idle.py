"""Waiting for mail with IMAP IDLE, on the embedded server and on a real Dovecot."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from imapclient import IMAPClient

from demo.mail_server import EmbeddedMail
from intake.errors import MailboxUnreachable
from intake.mailbox import idle as imap_idle
from intake.mailbox.imap import ImapMailbox
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.dovecot import PrivateDovecot

MAIL = b"From: bob@shop.test\r\nSubject: too wide\r\n\r\nIt measures 2.5 mm.\r\n"
Idler = tuple[ImapMailbox, Callable[[], None]]


def never() -> bool:
    return False


@pytest.fixture(params=["embedded", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def idler(request: pytest.FixtureRequest) -> Iterator[Idler]:
    """An open mailbox, and how mail comes into it."""
    if request.param == "embedded":
        embedded: EmbeddedMail = request.getfixturevalue("embedded_mail")
        user, port = "complaints@acme.test", embedded.imap_port
        deliver: Callable[[str, bytes], None] = embedded.deliver
    else:
        dovecot: PrivateDovecot = request.getfixturevalue("dovecot")
        user, port = dovecot.fresh_user(), dovecot.imap_port
        deliver = dovecot.deliver
    with ImapMailbox("127.0.0.1", port, "plain", None, user, "secret", timeout=5) as box:
        assert box.uids() == []
        yield box, lambda: deliver(user, MAIL)


def test_mail_ends_the_waiting(idler: Idler) -> None:
    box, deliver = idler
    threading.Timer(0.2, deliver).start()
    began = time.monotonic()
    assert box.idle(30, never)
    assert time.monotonic() - began < 5
    assert len(box.uids()) == 1  # the connection is well afterwards


def test_mail_that_came_before_the_waiting_ends_it_too(idler: Idler) -> None:
    box, deliver = idler
    deliver()
    assert box.idle(30, never)


def test_time_ends_the_waiting(idler: Idler) -> None:
    box, _ = idler
    assert box.idle(0.2, never) is False
    assert box.uids() == []


@pytest.mark.parametrize("after", [0.3, 1.3])
def test_the_end_of_the_service_ends_the_waiting_and_the_connection(
    after: float, idler: Idler
) -> None:
    box, _ = idler
    ended = threading.Event()

    def end() -> None:
        ended.set()
        box.wake()

    began = time.monotonic()
    threading.Timer(after, end).start()
    assert box.idle(30, ended.is_set) is False
    assert time.monotonic() - began < after + 2
    assert not box.is_open


def test_who_does_not_wait_is_not_woken(idler: Idler) -> None:
    box, _ = idler
    box.wake()
    assert box.uids() == []


def test_mail_told_of_behind_another_answer_is_not_forgotten(idler: Idler) -> None:
    """Told once, the server would not tell of it again in IDLE."""
    box, deliver = idler
    deliver()
    box._do(lambda client: client._imap.noop())  # imaplib keeps what comes beside the answer
    assert box.idle(30, never)


# --- servers that misbehave


@contextmanager
def scripted(*in_idle: bytes, capabilities: bytes = b"IMAP4rev1 IDLE") -> Iterator[ImapMailbox]:
    """A server that answers everything, says `in_idle` in IDLE, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, in_idle, capabilities))
        thread.start()
        port = listener.getsockname()[1]
        try:
            with ImapMailbox("127.0.0.1", port, "plain", None, "bob", "x", timeout=5) as box:
                yield box
        finally:
            thread.join(10)


def _serve(listener: socket.socket, in_idle: tuple[bytes, ...], capabilities: bytes) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"* OK [CAPABILITY " + capabilities + b"] hello\r\n")
        for line in lines:
            tag, command = line.split()[:2]
            if command.upper() == b"IDLE":
                connection.sendall(b"+ idling\r\n" + b"".join(in_idle))
                return
            untagged = {
                b"CAPABILITY": b"* CAPABILITY " + capabilities + b"\r\n",
                b"SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] so\r\n",
            }.get(command.upper(), b"")
            connection.sendall(untagged + tag + b" OK done\r\n")
            if command.upper() == b"LOGOUT":
                return


@pytest.mark.parametrize("said", [(), (b"* BYE going down\r\n",)], ids=["cut", "BYE"])
def test_a_dead_link_is_a_fault_at_once(said: tuple[bytes, ...]) -> None:
    """deps.md 1: idle_check answers [] at once, for ever."""
    with scripted(*said) as box:
        began = time.monotonic()
        with pytest.raises(MailboxUnreachable):
            box.idle(30, never)
        assert time.monotonic() - began < 2
        assert not box.is_open


def test_a_link_that_died_without_a_word_is_noticed(
    dovecot: PrivateDovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open: it looks as if no mail came. The usual time is 45 s."""
    monkeypatch.setattr(imap_idle, "RENEWED", 0.3)
    monkeypatch.setattr(imap_idle, "ANSWERED", 0.3)
    with CuttingProxy(dovecot.imap_port) as way:
        port, user = way.port, dovecot.fresh_user()
        with ImapMailbox("127.0.0.1", port, "plain", None, user, "secret", timeout=60) as box:
            assert box.idle(1.6, never) is False  # renewed, and well
            assert box.uids() == []
            way.fall_silent()
            began = time.monotonic()
            with pytest.raises(MailboxUnreachable):
                box.idle(30, never)
            assert time.monotonic() - began < 5
            assert not box.is_open


def test_flags_that_change_wake_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_idle, "SLICE", 0.1)
    told: list[list[tuple[object, ...]]] = [[(1, b"FETCH", ())], [(b"OK", b"Still here")]]

    class Client:
        def idle(self) -> None:
            pass

        def idle_check(self, timeout: float) -> list[tuple[object, ...]]:
            if told:
                return told.pop()
            time.sleep(timeout)
            return []

        def idle_done(self) -> tuple[bytes, list[tuple[object, ...]]]:
            return b"OK", []

        def socket(self) -> socket.socket:
            return nothing

    client = cast(IMAPClient, Client())
    with socket.socket() as nothing:
        assert imap_idle.wait_for_mail(client, 0.3, never) is False
    assert told == []


def test_a_server_without_idle_is_known() -> None:
    with scripted(capabilities=b"IMAP4rev1") as box:
        assert box.can_idle() is False
