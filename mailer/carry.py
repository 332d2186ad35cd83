"""Carry one mail to the relay and say exactly how far it came."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

import aiosmtplib

from config.tokens import Proof
from mailer.addresses import valid, wired
from mailer.headers import one_line
from mailer.log_in import LOG_IN_MEND, NoLogIn, log_in
from mailer.smtp_client import Client

State: TypeAlias = Literal["accepted", "deferred", "refused", "uncertain", "blocked"]
Security: TypeAlias = Literal["tls", "starttls", "plain"]

TEXT_LIMIT = 500
FINAL_DOT = b".\r\n"
SEND_AS = re.compile(r"SendAsDenied|not have permissions to send as", re.IGNORECASE)
TOO_BIG = 552  # RFC 1870 section 6: about this mail, not about the log-in


@dataclass(frozen=True)
class Outcome:
    """What became of one try (reliability.md 6 B).

    accepted: the server took it. deferred: nothing left, try again. refused: final, for this
    recipient. uncertain: the final dot left, no answer came. blocked: the way out is closed by
    a fault of configuration; no mail failed, the queue waits, `text` says the mend.
    """

    state: State
    code: int | None
    text: str


MayEnd = Callable[[], Awaitable[bool]]
"""Asked before the final dot, which makes the mail the server's; False: it must not leave now."""


async def always() -> bool:
    """For mails that may leave whatever happens meanwhile."""
    return True


class Carrier(Protocol):
    """Where mails leave the house."""

    async def carry(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        may_end: MayEnd = always,
        own_copy: str | None = None,
    ) -> Outcome:
        """Try once to hand over `data` for `recipient`. Raises nothing but CancelledError.

        `own_copy` is a further recipient of the same mail; whether it is taken decides nothing.
        """
        ...


class _Stop(Exception):
    """The dialogue ended before the final dot with this outcome."""

    def __init__(self, state: State, code: int | None, text: str) -> None:
        super().__init__(text)
        self.outcome = Outcome(state, code, text)


@dataclass(frozen=True)
class SmtpCarrier:
    """A relay; one connection for each mail. `timeout`: seconds for each answer.

    `timeout_after_dot` (None: the same) may be longer: RFC 5321 section 4.5.3.2.6 asks for ten
    minutes, because who gives up there sends twice.
    """

    host: str
    port: int
    security: Security
    ca_file: str | None
    user: str | None
    password: Proof | None = field(repr=False)
    timeout: float
    hello: str
    timeout_after_dot: float | None = None

    async def carry(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        may_end: MayEnd = always,
        own_copy: str | None = None,
    ) -> Outcome:
        """See Carrier. An empty `sender` is the null sender."""
        unfit = unfit_envelope(sender, recipient)
        if unfit:
            return unfit
        own_copy = own_copy if own_copy and valid(own_copy) else None
        envelope = (sender, recipient, *([own_copy] if own_copy else []))
        try:
            smtp = self._client()
        except _Stop as stop:
            return stop.outcome
        try:
            outcome = await self._dialogue(smtp, envelope, data, may_end)
            smtp.say_quit()
        finally:
            smtp.close()
        # The server's words go into the database and the log.
        return replace(outcome, text=one_line(outcome.text)[:TEXT_LIMIT])

    async def _dialogue(
        self, smtp: Client, envelope: tuple[str, ...], data: bytes, may_end: MayEnd
    ) -> Outcome:
        try:
            await self._open(smtp)
            await self._log_in(smtp)
            await self._envelope(smtp, envelope, len(data))
            await self._body(smtp, data)
            if not await may_end():
                return Outcome("deferred", None, "not ended: the claim ran out")
            # `may_end` may have kept the loop from hearing that the connection is gone: a mail
            # whose dot never leaves needs no second copy. What is heard counts a round later.
            for _ in range(2):
                await asyncio.sleep(0)
            return await self._final_dot(smtp)
        except _Stop as stop:
            return stop.outcome

    def _client(self) -> Client:
        context = None
        if self.security != "plain":
            try:
                context = ssl.create_default_context(cafile=self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise _Stop(
                    "blocked", None, f"the CA file {self.ca_file} cannot be used ({error})"
                ) from error
        return Client(
            hostname=self.host,
            port=self.port,
            local_hostname=self.hello,
            timeout=self.timeout,
            use_tls=self.security == "tls",
            # The default is opportunistic: without STARTTLS the password leaves in clear.
            start_tls=False,
            tls_context=context,
        )

    async def _open(self, smtp: Client) -> None:
        try:
            await smtp.connect()
            await smtp.ehlo()
            if self.security == "starttls":
                if not smtp.supports_extension("starttls"):
                    raise _Stop("blocked", None, self._say("offers no STARTTLS", TLS_MEND))
                await smtp.starttls()
                await smtp.ehlo()
        except aiosmtplib.SMTPResponseException as error:
            state: State = "blocked" if 500 <= error.code < 600 else "deferred"
            raise _Stop(state, error.code, self._say(f"turns us away: {error.message}")) from error
        except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:  # a host like a..b
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> _Stop:
        tls = error if isinstance(error, ssl.SSLError) else error.__cause__
        cut = isinstance(tls, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        if isinstance(tls, ssl.SSLError) and not cut:
            return _Stop("blocked", None, self._say(f"fails TLS ({tls})", TLS_MEND))
        return _Stop("deferred", None, self._say(f"is not reached ({error})"))

    async def _log_in(self, smtp: Client) -> None:
        if not self.user:
            return
        try:
            await log_in(smtp, self.user, self.password)
        except NoLogIn as stop:
            state: State = "deferred" if stop.passing else "blocked"
            said = stop.words if stop.before else self._say(stop.words, stop.mend)
            raise _Stop(state, stop.code, said) from stop
        except (aiosmtplib.SMTPServerDisconnected, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        except aiosmtplib.SMTPException as error:
            said = self._say(f"offers no log-in ({error})", LOG_IN_MEND)
            raise _Stop("blocked", None, said) from error

    async def _envelope(self, smtp: Client, envelope: tuple[str, ...], size: int) -> None:
        sender, recipient, *own_copies = (wired(a) if a else "" for a in envelope)
        options = self._mail_options(smtp, sender + recipient, size)
        try:
            await smtp.mail(sender, options=options, encoding="utf-8")
            await smtp.rcpt(recipient, encoding="utf-8")
            for own_copy in own_copies:
                with suppress(aiosmtplib.SMTPResponseException):  # the letter leaves without it
                    await smtp.rcpt(own_copy)
            answer = await smtp.execute_command(b"DATA")
        except aiosmtplib.SMTPSenderRefused as error:
            said = self._say(f"refuses the sender {sender}: {error.message}", SENDER_MEND)
            if error.code == TOO_BIG:
                raise _Stop("refused", error.code, error.message) from error
            raise _Stop(_by_code(error.code, "blocked"), error.code, said) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _Stop(_by_code(error.code, "refused"), error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _Stop("deferred", None, self._say(f"was lost ({error})")) from error
        if answer.code != 354:
            raise _Stop(_by_code(answer.code, "refused"), answer.code, answer.message)

    def _mail_options(self, smtp: Client, addresses: str, size: int) -> list[str]:
        options = []
        if smtp.supports_extension("size"):
            limit = smtp.esmtp_extensions["size"]
            if limit.isdecimal() and 0 < int(limit) < size:
                said = self._say(f"takes at most {limit} bytes, the mail has {size}", SIZE_MEND)
                raise _Stop("refused", None, said)
            options.append(f"SIZE={size}")
        if not addresses.isascii():
            if not smtp.supports_extension("smtputf8"):
                said = self._say("takes no address with other than ASCII characters")
                raise _Stop("refused", None, said)
            options.append("SMTPUTF8")
        return options

    async def _body(self, smtp: Client, data: bytes) -> None:
        """Hand over everything but the final dot, and wait until it is on its way.

        The library's own `data` writes body and dot at once, so that a loss could not be told
        from a loss after the dot, and its timeout would have to span the whole transfer.
        """
        try:
            await smtp.push_lines(data)
        except OSError as error:  # TimeoutError is one
            smtp.close()
            said = self._say(f"was lost before the end of the mail ({type(error).__name__})")
            raise _Stop("deferred", None, said) from error

    async def _final_dot(self, smtp: Client) -> Outcome:
        protocol = smtp.protocol
        try:
            if protocol is None:
                raise ConnectionResetError("the connection is closed")
            protocol.write(FINAL_DOT)
        except OSError as error:
            return Outcome("deferred", None, self._say(f"was lost before the final dot ({error})"))
        try:
            answer = await protocol.read_response(timeout=self.timeout_after_dot or self.timeout)
        except aiosmtplib.SMTPResponseException as error:
            return Outcome("uncertain", None, self._say(f"gave no clear answer: {error.message}"))
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            return Outcome("uncertain", None, self._say(f"was lost after the final dot ({error})"))
        if 200 <= answer.code < 300:
            return Outcome("accepted", answer.code, answer.message)
        if 500 <= answer.code < 600 and SEND_AS.search(answer.message):
            # Exchange lets everybody say MAIL FROM and refuses the sender here.
            return Outcome("blocked", answer.code, self._say(answer.message, SENDER_MEND))
        if 400 <= answer.code < 600:
            return Outcome(_by_code(answer.code, "refused"), answer.code, answer.message)
        return Outcome("uncertain", answer.code, answer.message)

    def _say(self, what: str, mend: str = "") -> str:
        said = f"{self.host}:{self.port} {what}"
        return f"{said}; {mend}" if mend else said


TLS_MEND = (
    "set security to what the server speaks (port 465: tls, 587: starttls) and ca_file to the"
    " authority of its certificate"
)
SENDER_MEND = "let the SMTP user send for this address"
SIZE_MEND = "send fewer or smaller attachments"


def unfit_envelope(sender: str, recipient: str) -> Outcome | None:
    """Return the refusal of an envelope that must not reach the wire.

    aiosmtplib cuts a recipient with CR LF silently to its first address (reliability.md 2.4).
    """
    for address in filter(None, (recipient or "nobody", sender)):
        if not valid(address):
            return Outcome("refused", None, f"{address!r} is not an address")
    return None


def _by_code(code: int, final: State) -> State:
    # Anything that is not a clear 5xx may be otherwise next time (RFC 5321 section 4.2.1).
    return final if 500 <= code < 600 else "deferred"
