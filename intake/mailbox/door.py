"""Getting in: connection, TLS, log-in, folder; and every fault of it in one line with its mend."""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from config.tokens import Proof, Tokens
from intake.errors import (
    CertificateRefused,
    FolderMissing,
    LoginRefused,
    MailboxUnreachable,
    StartTlsMissing,
)
from intake.mailbox.token_log_in import log_in_by_token

# reliability.md P16: at DEBUG it writes whole mails into the log
logging.getLogger("imapclient").setLevel(logging.INFO)

Security = Literal["tls", "starttls", "plain"]
FOLDERS_NAMED = 20
LINE = 200
_BREAKS = ("\r", "\n", "\0")


@dataclass(frozen=True, slots=True)
class Place:
    """Which folder of which mailbox on which server. Its text stands in every fault."""

    host: str
    port: int
    security: Security
    ca_file: str | None
    user: str
    folder: str

    def __str__(self) -> str:
        return f"mailbox {self.user} at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Opened:
    """What SELECT or EXAMINE answered."""

    state: Mapping[bytes, Any]
    readonly: bool


def open_door(place: Place, timeout: float) -> IMAPClient:
    """Connect; for "tls" and "starttls" with a verified certificate. `timeout` in seconds."""
    context = None if place.security == "plain" else _tls_context(place)
    with faults(place):
        client = IMAPClient(
            place.host,
            place.port,
            ssl=place.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(connect=timeout, read=timeout),
        )
    # Otherwise INTERNALDATE comes as naive local time, ambiguous in one hour of each autumn.
    client.normalise_times = False
    # imapclient has imaplib write every mail that comes into a line of a log that nobody reads; for
    # photographs that is half the time of fetching.
    client._imap.debug = 0
    # imaplib writes a command in pieces; with Nagle's algorithm each waits 40 ms for the last ACK.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.security != "starttls":
        return client
    try:
        _start_tls(client, place, context)
    except BaseException:
        hang_up(client)
        raise
    return client


def log_in(client: IMAPClient, place: Place, proof: Proof) -> None:
    """Log in with user and password, or with a token. Neither is in any fault."""
    if isinstance(proof, Tokens):
        with faults(place):
            log_in_by_token(client, place.user, proof, str(place))
        return
    password = proof if isinstance(proof, str) else proof()
    if any(sign in place.user + password for sign in _BREAKS):
        raise LoginRefused(
            f"{place}: user or password holds a line break or NUL",
            mend="mend mailbox.user or the mailbox password; nothing was sent",
        )
    with faults(place):
        try:
            if password.isascii() and place.user.isascii():
                client.login(place.user, password)
            else:
                # LOGIN is ASCII in practice; SASL PLAIN is UTF-8 (RFC 4616)
                client.plain_login(place.user, password)
        except LoginError as error:
            _judge_refusal(place, error)


def open_folder(client: IMAPClient, place: Place) -> Opened:
    """SELECT the folder, or EXAMINE it when only reading is allowed."""
    if not place.folder or any(sign in place.folder for sign in _BREAKS):
        raise FolderMissing(
            f"{place}: {place.folder!r} is no name of a folder", mend="mend mailbox.folder"
        )
    for readonly in (False, True):
        with faults(place, keep_no=True):
            try:
                return Opened(client.select_folder(place.folder, readonly=readonly), readonly)
            except imaplib.IMAP4.readonly:
                # a child of abort in imaplib, though the connection is well
                continue
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                refusal = error
    raise _folder_missing(client, place, refusal)


@contextmanager
def faults(place: Place, *, keep_no: bool = False) -> Iterator[None]:
    """Turn what sockets, TLS and imaplib raise into the tree of `intake.errors`.

    `keep_no` lets a plain NO or BAD of the server through, for callers that know what to do.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(
            f"{place}: the certificate was refused: {_line(error.verify_message or error)}",
            mend="mend mailbox.host or give the issuing certificate as mailbox.ca_file",
        ) from error
    except ssl.SSLError as error:
        raise MailboxUnreachable(
            f"{place}: no TLS connection: {_line(error.reason or error)}",
            mend="see whether mailbox.port and mailbox.security (tls, starttls) fit together",
        ) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise MailboxUnreachable(
            f"{place} cannot be reached: {_line(error) or type(error).__name__}",
            mend="see whether the server runs and mailbox.host and mailbox.port are right",
        ) from error
    except imaplib.IMAP4.error as error:
        if keep_no:
            raise
        raise MailboxUnreachable(f"{place}: the server refused: {_line(error)}") from error


def hang_up(client: IMAPClient) -> None:
    """Close the socket without another word."""
    try:
        client.shutdown()
    except (imaplib.IMAP4.error, OSError):
        return


def cut(client: IMAPClient) -> None:
    """End the connection below whoever waits on it in another thread; he must still hang up."""
    with suppress(OSError):
        # Not the method of the TLS socket: it would take away what the other thread reads with.
        socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)


def _tls_context(place: Place) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=place.ca_file)
    except OSError as error:  # ssl.SSLError is one: no certificate in the file
        raise CertificateRefused(
            f"{place}: {place.ca_file} cannot be read as certificates: {_line(error)}",
            mend="mend mailbox.ca_file",
        ) from error


def _start_tls(client: IMAPClient, place: Place, context: ssl.SSLContext | None) -> None:
    with faults(place, keep_no=True):
        try:
            if client.has_capability("STARTTLS"):
                client.starttls(context)
                return
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            pass  # advertised but refused: the same as not offered
    raise StartTlsMissing(
        f"{place}: the server offers no STARTTLS; nothing was sent in the clear",
        mend='set mailbox.security = "tls" (port 993), or ask who runs the server',
    )


def _judge_refusal(place: Place, error: LoginError) -> None:
    # imapclient makes a LoginError of a cut connection too (reliability.md 2.4)
    cause = error.__context__
    if isinstance(cause, imaplib.IMAP4.abort | OSError) or "[UNAVAILABLE]" in str(error):
        raise MailboxUnreachable(
            f"{place}: no answer to the log-in: {_line(error)}", mend="try again later"
        ) from None
    raise LoginRefused(
        f"{place}: the log-in was refused: {_line(error)}",
        mend="mend mailbox.user or the mailbox password",
    ) from None


def _folder_missing(
    client: IMAPClient, place: Place, refusal: imaplib.IMAP4.error
) -> FolderMissing:
    with faults(place):
        names = sorted(str(name) for _, _, name in client.list_folders())
    if place.folder in names:
        return FolderMissing(
            f"{place}: folder {place.folder} may not be opened: {_line(refusal)}",
            mend=f"give {place.user} the right to read it, or mend mailbox.folder",
        )
    more = ", ..." if len(names) > FOLDERS_NAMED else ""
    return FolderMissing(
        f"{place}: folder {place.folder} does not exist;"
        f" folders there: {', '.join(names[:FOLDERS_NAMED]) or 'none'}{more}",
        mend="mend mailbox.folder",
    )


def _line(error: object) -> str:
    """The words of an error as one printable line."""
    words = str(error)
    if words.startswith(("b'", 'b"')):
        words = words[2:-1]
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:LINE]
