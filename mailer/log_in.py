"""Log in to the relay: by password, or by a token with one new one when the first is refused."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

import aiosmtplib

from cases.errors import AmendsError, TryLater
from config.tokens import Mechanism, Proof, Tokens

LOG_IN_MEND = "check user and password of the SMTP server"
_GO_ON = 334


@dataclass
class NoLogIn(Exception):
    """Why it does not come to a log-in. `passing`: trying again may help; `before`: the server was
    not asked."""

    words: str
    mend: str = ""
    code: int | None = None
    passing: bool = False
    before: bool = False


async def log_in(smtp: aiosmtplib.SMTP, user: str, proof: Proof | None) -> None:
    """Raises NoLogIn; aiosmtplib's own errors and OSError when the connection fails."""
    if isinstance(proof, Tokens):
        await _by_token(smtp, user, proof)
        return
    try:
        password = proof() if callable(proof) else proof or ""
    except (AmendsError, OSError) as error:
        raise NoLogIn(f"the SMTP password cannot be read: {error}", before=True) from error
    try:
        await smtp.login(user, password)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(user, error, LOG_IN_MEND) from error


async def _by_token(smtp: aiosmtplib.SMTP, user: str, tokens: Tokens) -> None:
    if not smtp.supports_extension("auth") or tokens.mechanism not in smtp.server_auth_methods:
        raise NoLogIn(
            f"offers no log-in by {tokens.mechanism.upper()}",
            "see smtp.host and smtp.port, or write another log_in.mechanism",
        )
    token = await _asked(tokens.token)
    try:
        await _show(smtp, user, token, tokens.mechanism)
        return
    except aiosmtplib.SMTPAuthenticationError as error:
        if not 500 <= error.code < 600:
            raise _refused(user, error, "") from error
    token = await _asked(tokens.renew, token)
    try:
        await _show(smtp, user, token, tokens.mechanism)
    except aiosmtplib.SMTPAuthenticationError as error:
        raise _refused(user, error, tokens.mend(error.message)) from error


async def _asked(ask: object, *words: str) -> str:
    """A token, without keeping the loop from other mails: the provider may take its time."""
    assert callable(ask)
    try:
        return str(await asyncio.to_thread(ask, *words))
    except TryLater as error:
        raise NoLogIn(f"no token for SMTP: {error}", passing=True, before=True) from error
    except AmendsError as error:
        raise NoLogIn(f"no token for SMTP: {error}", before=True) from error


async def _show(smtp: aiosmtplib.SMTP, user: str, token: str, mechanism: Mechanism) -> None:
    if mechanism == "xoauth2":
        await smtp.auth_xoauth2(user, token)
        return
    name = user.replace("=", "=3D").replace(",", "=2C")
    first = base64.b64encode(f"n,a={name},\x01auth=Bearer {token}\x01\x01".encode())
    answer = await smtp.execute_command(b"AUTH", b"OAUTHBEARER", first)
    if answer.code == _GO_ON:  # RFC 7628 section 3.2.3: the reason, and it wants an answer
        answer = await smtp.execute_command(base64.b64encode(b"\x01"))
    if not 200 <= answer.code < 300:
        raise aiosmtplib.SMTPAuthenticationError(answer.code, answer.message)


def _refused(user: str, error: aiosmtplib.SMTPResponseException, mend: str) -> NoLogIn:
    passing = not 500 <= error.code < 600
    return NoLogIn(f"refuses the log-in of {user}: {error.message}", mend, error.code, passing)
