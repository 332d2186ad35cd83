"""Log-in by a token (SASL XOAUTH2, or OAUTHBEARER of RFC 7628): one new token when the server
takes the first no more, and the server's own reason when it takes none."""

from __future__ import annotations

import base64
import binascii
import imaplib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from cases.errors import AmendsError, TryLater
from config.tokens import Mechanism, Proof, Tokens
from intake.errors import LoginRefused, MailboxFault, MailboxUnreachable

_LONGEST = 200


class Refused(Exception):
    """The server did not take the token; its words, and the reason in its challenge."""


def log_in_by_token(client: IMAPClient, user: str, tokens: Tokens, where: str) -> None:
    """Raises a `MailboxFault`; cut connections are the caller's to name."""
    with _as_faults(where):
        token = tokens.token()
    try:
        show(client, user, token, tokens.mechanism)
        return
    except Refused:
        with _as_faults(where):
            token = tokens.renew(token)
    try:
        show(client, user, token, tokens.mechanism)
    except Refused as error:
        raise LoginRefused(
            f"{where}: the log-in by token was refused: {error}", mend=tokens.mend(str(error))
        ) from None


def show(client: IMAPClient, user: str, token: str, mechanism: Mechanism) -> None:
    """AUTHENTICATE. Refused; OSError and imaplib.IMAP4.abort when the connection was cut."""
    said: list[str] = []

    def respond(challenge: bytes) -> bytes:
        if not challenge:
            return initial(user, token, mechanism)
        # The reason in JSON; it wants an answer before the server says NO (RFC 7628 section 3.2.3).
        said.append(reason(challenge))
        return b"\x01" if mechanism == "oauthbearer" else b""

    try:
        client.sasl_login(mechanism.upper(), respond)
    except LoginError as error:
        cause = error.__context__
        if isinstance(cause, imaplib.IMAP4.abort | OSError):
            raise cause from None
        if "[UNAVAILABLE]" in str(error):
            raise imaplib.IMAP4.abort(str(error)) from None
        raise Refused("; ".join(filter(None, (_line(str(error)), *said)))) from None


def initial(user: str, token: str, mechanism: Mechanism) -> bytes:
    """What the client says first. RFC 7628 section 3.1 for OAUTHBEARER."""
    bearer = f"auth=Bearer {token}\x01\x01"
    if mechanism == "oauthbearer":
        name = user.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={name},\x01{bearer}".encode()
    return f"user={user}\x01{bearer}".encode()


def reason(challenge: bytes) -> str:
    """Such as "status 401, scope https://mail.google.com/"; "" when it says nothing."""
    with suppress(binascii.Error, ValueError):
        if not challenge.lstrip().startswith(b"{"):
            challenge = base64.b64decode(challenge, validate=True)
        told = json.loads(challenge)
        parts = (f"{key} {told[key]}" for key in ("status", "scope") if told.get(key))
        return _line(", ".join(parts))
    return ""


@contextmanager
def advised(proof: Proof) -> Iterator[None]:
    """A fault behind the log-in may come from it too: "authenticated but not connected"."""
    try:
        yield
    except MailboxFault as error:
        if isinstance(proof, Tokens) and "not connected" in error.what:
            raise LoginRefused(error.what, mend=proof.mend(error.what)) from error
        raise


@contextmanager
def _as_faults(where: str) -> Iterator[None]:
    try:
        yield
    except TryLater as error:
        raise MailboxUnreachable(f"{where}: no token: {error.what}", mend=error.mend) from error
    except AmendsError as error:
        raise LoginRefused(f"{where}: no token: {error.what}", mend=error.mend) from error


def _line(text: str) -> str:
    words = text[2:-1] if text.startswith(("b'", 'b"')) else text
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:_LONGEST]
