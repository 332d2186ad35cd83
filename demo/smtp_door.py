"""The SMTP side of the servers for demo and tests: takes mails, may be told to refuse them.

Who takes the mail (`accept`) and who interferes (`react`) are given; this file only speaks SMTP.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.received import Received

SIZE_LIMIT = 60_000_000  # bytes; above the 50 MB that the service reads whole

Accept = Callable[[Received], Awaitable[str | None]]
"""Take a mail for good; a returned reply ("451 ...") is sent instead of the 250."""


@dataclass(frozen=True)
class Moment:
    """A point of the dialogue at which a server may misbehave."""

    command: str  # EHLO (also for HELO), MAIL, RCPT or DATA (after the final dot)
    mail: Received  # as far as it is known; at RCPT `recipients` is the one address asked for
    cut: Callable[[], Awaitable[NoReturn]]  # end the connection without another byte
    hang: Callable[[], Awaitable[NoReturn]]  # keep silent until the client goes away


React = Callable[[Moment], Awaitable[str | None]]
"""Answer a moment: a reply to send, or None to go on as usual."""


async def go_on(moment: Moment) -> str | None:
    """The reaction of a server that behaves."""
    return None


@dataclass(frozen=True)
class SmtpDoor:
    """An aiosmtpd handler. With `passwords` AUTH is offered; with `auth_required` demanded."""

    accept: Accept
    react: React = go_on
    passwords: Mapping[str, str] = field(default_factory=dict)
    auth_required: bool = False
    hostname: str = "mail.test"

    def protocol(
        self, tls: ssl.SSLContext | None = None, *, starttls_required: bool = False
    ) -> SMTP:
        """A new connection's protocol; call it inside the loop. `tls` offers STARTTLS."""
        return SMTP(
            self,
            hostname=self.hostname,
            enable_SMTPUTF8=True,
            data_size_limit=SIZE_LIMIT,
            tls_context=tls,
            require_starttls=starttls_required,
            auth_require_tls=False,  # the server is private and on loopback
            auth_exclude_mechanism=None if self.passwords else ("LOGIN", "PLAIN"),
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if isinstance(data, LoginPassword):
            known = self.passwords.get(data.login.decode(errors="replace"))
            if known is not None and known.encode() == data.password:
                return AuthResult(success=True)
        # handled=False: with the default the client would wait for ever for its 535.
        return AuthResult(success=False, handled=False)

    # --- the names below are aiosmtpd's

    async def handle_EHLO(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        reply = await self.react(_moment(server, "EHLO", Received("", (), b"")))
        return [reply] if reply else responses

    async def handle_HELO(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        # Clients fall back to HELO when EHLO is refused; that must not be a way around `react`.
        session.host_name = hostname
        reply = await self.react(_moment(server, "EHLO", Received("", (), b"")))
        return reply or f"250 {self.hostname}"

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.auth_required and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        reply = await self.react(_moment(server, "MAIL", Received(_sender(envelope), (), b"")))
        if reply:
            envelope.mail_from = None
            return reply
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        asked = Received(_sender(envelope), (address,), b"")
        reply = await self.react(_moment(server, "RCPT", asked))
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        mail = Received(_sender(envelope), tuple(envelope.rcpt_tos), raw)
        reply = await self.react(_moment(server, "DATA", mail))
        return reply or await self.accept(mail) or "250 2.0.0 OK queued"


def _sender(envelope: Envelope) -> str:
    """aiosmtpd keeps the null sender as "<>", because an empty one means "no MAIL yet"."""
    return "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)


def _moment(server: SMTP, command: str, mail: Received) -> Moment:
    async def hang() -> NoReturn:
        await asyncio.Event().wait()  # ends by cancellation when the connection does
        raise AssertionError("nobody sets this event")

    async def cut() -> NoReturn:
        transport: Any = server.transport
        transport.abort()
        await hang()

    return Moment(command, mail, cut, hang)
