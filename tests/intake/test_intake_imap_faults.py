"""The contract of a mailbox: each fault in one line, with the mend, without the password."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from pathlib import Path

import pytest

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
from tests.intake.mailboxes import PASSWORD, Server, everything, letter
from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import free_port


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
