"""The contract of a mailbox, on the embedded server and on a real Dovecot."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from imapclient import IMAPClient

from cases.errors import TryLater
from demo.mail_server import EmbeddedMail
from intake.errors import (
    CertificateRefused,
    FolderMissing,
    LoginRefused,
    MailboxFault,
    MailboxUnreachable,
    StartTlsMissing,
)
from intake.mailbox.door import Security
from intake.mailbox.imap import ImapMailbox
from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import free_port

PASSWORD = "secret"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Server:
    """One of the two, with a user whose mailbox is empty."""

    port: int
    user: str
    deliver: Callable[[str, bytes], None]

    def mailbox(self, **other: object) -> ImapMailbox:
        settings = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "plain",
            "ca_file": None,
            "user": self.user,
            "password": PASSWORD,
            "timeout": 20.0,
        }
        return ImapMailbox(**(settings | other))  # type: ignore[arg-type]  # settings by name

    def client(self) -> IMAPClient:
        """Another program that uses the same mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.login(self.user, PASSWORD)
        client.select_folder("INBOX")
        return client


@pytest.fixture(params=["embedded", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "embedded":
        embedded: EmbeddedMail = request.getfixturevalue("embedded_mail")
        yield Server(embedded.imap_port, "complaints@acme.test", embedded.deliver)
    else:
        dovecot: PrivateDovecot = request.getfixturevalue("dovecot")
        yield Server(dovecot.imap_port, dovecot.fresh_user(), dovecot.deliver)


def letter(number: int, size: int = 0) -> bytes:
    head = (
        f"From: bob@shop.test\r\nSubject: no. {number}\r\nMessage-ID: <{number}@shop.test>\r\n\r\n"
    )
    line = b"%08d " % number * 8 + b"\r\n"
    return head.encode() + line * (size // len(line) + 1)


def everything(mailbox: ImapMailbox) -> dict[int, bytes]:
    batches = mailbox.batches(mailbox.uids())
    return {one.uid: one.raw for batch in batches for one in mailbox.fetch(batch)}


# --- reading


def test_mails_come_as_they_are_whatever_their_flags(server: Server) -> None:
    for number in range(4):
        server.deliver(server.user, letter(number))
    with server.client() as other:
        first, second, third, _ = other.search("ALL")
        other.add_flags([first], [rb"\Seen"])
        other.add_flags([second], [rb"\Flagged", rb"\Answered"])
        other.add_flags([third], [rb"\Deleted"])
        before = {
            uid: set(data[b"FLAGS"]) for uid, data in other.fetch([1, 2, 3, 4], ["FLAGS"]).items()
        }
    with server.mailbox() as mailbox:
        found = everything(mailbox)
        assert mailbox.uidvalidity > 0
    assert list(found) == sorted(found)
    assert [raw[-100:] for raw in found.values()] == [letter(n)[-100:] for n in range(4)]
    with server.client() as other:
        after = {
            uid: set(data[b"FLAGS"]) for uid, data in other.fetch([1, 2, 3, 4], ["FLAGS"]).items()
        }
    recent = {rb"\Recent"}
    assert {u: f - recent for u, f in after.items()} == {u: f - recent for u, f in before.items()}


def test_only_uids_above(server: Server) -> None:
    with server.mailbox() as mailbox:
        assert mailbox.uids() == []
    for number in range(3):
        server.deliver(server.user, letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert len(uids) == 3
        assert mailbox.uids(above=uids[0]) == uids[1:]
        assert mailbox.uids(above=uids[-1]) == []  # "n:*" names the last mail all the same


def test_a_mail_that_arrives_meanwhile_is_seen(server: Server) -> None:
    with server.mailbox() as mailbox:
        assert mailbox.uids() == []
        server.deliver(server.user, letter(1))
        assert len(mailbox.uids()) == 1


def test_arrival_is_utc(server: Server) -> None:
    server.deliver(server.user, letter(1))
    with server.mailbox() as mailbox:
        (one,) = mailbox.fetch(mailbox.uids())
    assert one.internal_date is not None
    assert one.internal_date.tzinfo is UTC
    assert abs(datetime.now(UTC) - one.internal_date) < timedelta(minutes=5)


def test_arrival_keeps_the_moment_of_another_time_zone(server: Server) -> None:
    moment = datetime.fromisoformat("2025-10-26T02:30:00+01:00")  # twice that hour in Berlin
    with server.client() as other:
        other.append("INBOX", letter(1), msg_time=moment)
    with server.mailbox() as mailbox:
        (one,) = mailbox.fetch(mailbox.uids())
    assert one.internal_date == moment


def test_an_expunged_mail_is_absent(server: Server) -> None:
    for number in range(3):
        server.deliver(server.user, letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        (batch,) = mailbox.batches(uids)
        with server.client() as other:
            other.delete_messages([uids[1]])
            other.expunge()
        found = [one.uid for one in mailbox.fetch(batch)]
        assert uids[0] in found
        assert uids[2] in found
        assert mailbox.uids() == [uids[0], uids[2]]
        assert list(mailbox.fetch([uids[1]])) == []
        assert mailbox.refused == {}


def test_a_12_mib_mail_is_byte_exact_and_alone(server: Server) -> None:
    big = letter(2, 12 * MIB)
    with server.client() as other:  # past SMTP: the bytes are ours
        for raw in (letter(1), big, letter(3)):
            other.append("INBOX", raw)
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert list(mailbox.batches(uids)) == [[uids[0]], [uids[1]], [uids[2]]]
        found = everything(mailbox)
    digests = [hashlib.sha256(raw).hexdigest() for raw in found.values()]
    assert digests == [hashlib.sha256(raw).hexdigest() for raw in (letter(1), big, letter(3))]


def test_pieces_end_where_the_mail_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.mailbox.imap.BYTES_PER_BATCH", 100)
    monkeypatch.setattr("intake.mailbox.imap.PIECE", 64)
    raws = [(letter(1, 500) + b"x" * 64)[:size] for size in (127, 128, 129, 192, 500)]
    with server.client() as other:
        for raw in raws:
            other.append("INBOX", raw)
    with server.mailbox() as mailbox:
        assert list(everything(mailbox).values()) == raws


def test_a_big_mail_expunged_between_its_pieces_is_absent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.mailbox.imap.BYTES_PER_BATCH", 100)
    monkeypatch.setattr("intake.mailbox.imap.PIECE", 64)
    server.deliver(server.user, letter(1, 5_000))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        list(mailbox.batches(uids))  # the size is known from before
        with server.client() as other:
            other.delete_messages(uids)
            other.expunge()
        assert [one.raw for one in mailbox.fetch(uids) if one.raw != letter(1, 5_000)] == []
        assert mailbox.refused == {}


@pytest.mark.dovecot
def test_300_mails_and_a_search_in_windows(
    dovecot: PrivateDovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.mailbox.imap.MAILS_PER_SEARCH", 70)
    server = Server(dovecot.imap_port, dovecot.fresh_user(), dovecot.deliver)
    with server.client() as other:
        for number in range(300):
            other.append("INBOX", letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert len(uids) == 300
        assert [len(batch) for batch in mailbox.batches(uids)] == [25] * 12
        assert list(everything(mailbox).values()) == [letter(number) for number in range(300)]


@pytest.mark.dovecot
def test_a_rebuilt_mailbox_has_another_uidvalidity(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(user, letter(1))
    server = Server(dovecot.imap_port, user, dovecot.deliver)
    with server.mailbox() as mailbox:
        before = mailbox.uidvalidity
    dovecot.rebuild_uids(user)
    with server.mailbox() as mailbox:
        assert mailbox.uidvalidity != before
        assert len(everything(mailbox)) == 1


def test_folder_names_are_not_only_ascii(server: Server) -> None:
    with server.client() as other:
        other.create_folder("已处理 & Größe")
        other.append("已处理 & Größe", letter(7))
    with server.mailbox(folder="已处理 & Größe") as mailbox:
        assert list(everything(mailbox).values()) == [letter(7)]


# --- faults: one line each, with the mend, without the password


def one_line(told: pytest.ExceptionInfo[MailboxFault]) -> str:
    line = str(told.value)
    assert line.isprintable()
    assert told.value.mend
    assert PASSWORD not in line
    return line


def test_wrong_password(server: Server) -> None:
    with pytest.raises(LoginRefused) as told, server.mailbox(password="wr0ng-Pa55"):
        pass
    line = one_line(told)
    assert server.user in line
    assert f"127.0.0.1:{server.port}" in line
    assert "wr0ng" not in line


def test_password_is_asked_for_at_each_opening(server: Server) -> None:
    answers = iter(["wrong", PASSWORD])
    mailbox = server.mailbox(password=lambda: next(answers))
    with pytest.raises(LoginRefused):
        mailbox.open()
    mailbox.open()
    mailbox.close()


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\0"])
def test_no_line_break_reaches_a_command(server: Server, sign: str) -> None:
    for name in ("user", "password"):
        with pytest.raises(LoginRefused), server.mailbox(**{name: f"a{sign}x LOGOUT"}):
            pass
    with pytest.raises(FolderMissing), server.mailbox(folder=f"a{sign}x LOGOUT"):
        pass


@pytest.mark.dovecot
def test_password_with_umlaut(dovecot: PrivateDovecot) -> None:
    with PrivateDovecot({"bob@shop.test": "Schlüssel"}) as own:
        server = Server(own.imap_port, "bob@shop.test", own.deliver)
        with server.mailbox(password="Schlüssel") as mailbox:
            assert mailbox.uids() == []
        with pytest.raises(LoginRefused) as told, server.mailbox(password="Schloß"):
            pass
        assert "Schlo" not in one_line(told)


def test_missing_folder_names_the_others(server: Server) -> None:
    with pytest.raises(FolderMissing) as told, server.mailbox(folder="Complaints"):
        pass
    line = one_line(told)
    assert "folder Complaints does not exist" in line
    assert "INBOX" in line
    assert "mailbox.folder" in line


def test_unreachable_port() -> None:
    server = Server(free_port(), "bob@shop.test", lambda *_: None)
    with pytest.raises(MailboxUnreachable) as told, server.mailbox():
        pass
    assert isinstance(told.value, TryLater)
    assert f"127.0.0.1:{server.port}" in one_line(told)


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_a_server_that_says_nothing(security: Security) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server(silent.getsockname()[1], "bob@shop.test", lambda *_: None)
        with (
            pytest.raises(MailboxUnreachable) as told,
            server.mailbox(security=security, timeout=0.2),
        ):
            pass
    one_line(told)


def test_starttls_is_never_left_out(embedded_mail: EmbeddedMail) -> None:
    server = Server(embedded_mail.imap_port, "complaints@acme.test", embedded_mail.deliver)
    with pytest.raises(StartTlsMissing) as told, server.mailbox(security="starttls"):
        pass
    assert "nothing was sent" in one_line(told)


@pytest.mark.dovecot
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls(dovecot: PrivateDovecot, certificate: Certificate, security: Security) -> None:
    port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
    server = Server(port, dovecot.fresh_user(), dovecot.deliver)
    server.deliver(server.user, letter(1))
    with server.mailbox(security=security, ca_file=certificate.ca) as mailbox:
        assert len(everything(mailbox)) == 1
    with pytest.raises(CertificateRefused) as told, server.mailbox(security=security):
        pass
    assert "mailbox.ca_file" in one_line(told)


@pytest.mark.dovecot
def test_tls_on_the_plain_port(dovecot: PrivateDovecot, certificate: Certificate) -> None:
    server = Server(dovecot.imap_port, dovecot.fresh_user(), dovecot.deliver)
    with (
        pytest.raises(MailboxUnreachable) as told,
        server.mailbox(security="tls", ca_file=certificate.ca),
    ):
        pass
    assert "mailbox.security" in one_line(told)


def test_ca_file_that_is_none(tmp_path: Path) -> None:
    server = Server(1, "bob@shop.test", lambda *_: None)
    rubbish = tmp_path / "ca.pem"
    for text in (None, "no certificate"):
        if text:
            rubbish.write_text(text)
        with (
            pytest.raises(CertificateRefused) as told,
            server.mailbox(security="tls", ca_file=rubbish),
        ):
            pass
        assert "ca.pem" in one_line(told)


def test_a_connection_cut_anywhere_gives_whole_mails_or_a_fault(server: Server) -> None:
    raw = letter(1, 2_000)
    with server.client() as other:
        other.append("INBOX", raw)
    endings = set()
    for allowed in range(10, 6_000, 307):
        with cutting(server.port, allowed) as port:
            cut = Server(port, server.user, server.deliver)
            try:
                with cut.mailbox() as mailbox:
                    assert list(everything(mailbox).values()) == [raw]
                    endings.add("whole")
            except MailboxUnreachable:
                endings.add("cut")
    assert endings == {"whole", "cut"}


class cutting:  # noqa: N801 - reads as a verb
    """A proxy that hands on so many bytes of the server's and then hangs up."""

    def __init__(self, port: int, allowed: int) -> None:
        self._target, self._allowed = port, allowed

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *why: object) -> None:
        self._thread.join(30)
        self._listener.close()

    def _run(self) -> None:
        near, _ = self._listener.accept()
        with near, socket.create_connection(("127.0.0.1", self._target)) as far:
            back = threading.Thread(target=self._ask, args=(near, far))
            back.start()
            left = self._allowed
            with contextlib.suppress(OSError):
                while left > 0 and (data := far.recv(left)):
                    near.sendall(data)
                    left -= len(data)
            for end in (near, far):
                with contextlib.suppress(OSError):  # the other side was faster
                    end.shutdown(socket.SHUT_RDWR)
            back.join(30)

    @staticmethod
    def _ask(near: socket.socket, far: socket.socket) -> None:
        try:
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_a_closed_mailbox_says_so(server: Server) -> None:
    mailbox = server.mailbox()
    mailbox.close()
    with pytest.raises(MailboxUnreachable):
        mailbox.uids()


def test_neither_password_nor_mail_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.deliver(server.user, letter(1) + b"canary-4711")
    with server.mailbox() as mailbox:
        everything(mailbox)
    told = "".join(record.getMessage() for record in caplog.records if "imapclient" in record.name)
    assert PASSWORD not in told
    assert "canary" not in told


@pytest.mark.dovecot
def test_a_folder_that_may_only_be_read_is_read(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    server = Server(dovecot.imap_port, user, dovecot.deliver)
    server.deliver(user, letter(1))
    with server.mailbox() as mailbox:
        before = everything(mailbox)
        assert not mailbox.readonly
    cur = dovecot.root / "mail" / user / "Maildir" / "cur"
    cur.chmod(0o500)
    try:
        with server.mailbox() as mailbox:
            assert mailbox.readonly
            assert everything(mailbox) == before
    finally:
        cur.chmod(0o700)
