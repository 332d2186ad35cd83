"""A real SMTP server that takes every mail, remembers it, and misbehaves on demand.

with SmtpSink() as sink:
    sink.answer("RCPT", "451 4.2.0 try later", times=2)
    sink.misbehave("DATA", Fault.CUT, taken=True)   # the mail is taken, the answer is lost
"""

from __future__ import annotations

import asyncio
import enum
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from demo.loop_thread import LoopThread
from demo.received import Received, ReceivedMails
from demo.smtp_door import Moment, SmtpDoor
from tests.servers.certificate import Certificate
from tests.servers.process import HOST
from tests.servers.token_door import TokenDoor

ALWAYS = 1_000_000

Deliver = Callable[[Received], str | None]
"""Hand a mail on (in a worker thread); a returned reply ("451 ...") refuses it."""


class Fault(enum.Enum):
    """What a server can do other than answer."""

    CUT = "cut"  # the connection ends without a reply
    HANG = "hang"  # no reply, until the client gives up


@dataclass
class _Step:
    command: str
    what: str | Fault
    times: int
    address: str | None
    taken: bool

    def fits(self, moment: Moment) -> bool:
        to_whom = self.address is None or self.address in moment.mail.recipients
        return self.times > 0 and self.command == moment.command and to_whom


class SmtpSink:
    """An SMTP server on loopback, in a thread.

    `certificate` offers STARTTLS; with `starttls_required` nothing works before it; with
    `implicit_tls` the whole connection is TLS (port 465). `passwords` demands AUTH,
    `tokens` AUTH by a token that it has nothing to say against (`TokenDoor.check`).
    """

    def __init__(
        self,
        *,
        certificate: Certificate | None = None,
        starttls_required: bool = False,
        implicit_tls: bool = False,
        passwords: Mapping[str, str] | None = None,
        tokens: Callable[[str, str], str] | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        self._tls = certificate.for_server() if certificate else None
        self._implicit_tls = implicit_tls
        self._starttls_required = starttls_required
        self._deliver = deliver
        self._door = SmtpDoor(
            accept=self._accept,
            react=self._react,
            passwords=passwords or {},
            auth_required=bool(passwords),
        )
        if tokens:
            self._door = TokenDoor(self._accept, self._react, auth_required=True, check=tokens)
        self._mails = ReceivedMails()
        self._steps: list[_Step] = []
        self._lock = threading.Lock()
        self.port = 0

    # --- what a test asks

    @property
    def received(self) -> tuple[Received, ...]:
        """Every mail taken, in order."""
        return self._mails.all()

    def wait_for(
        self, enough: Callable[[Sequence[Received]], bool], seconds: float = 10.0
    ) -> tuple[Received, ...]:
        """Wait until `enough(received)`; TimeoutError after `seconds`."""
        return self._mails.wait_for(enough, seconds)

    # --- the script

    def answer(
        self, command: str, reply: str, *, times: int = 1, address: str | None = None
    ) -> None:
        """Reply to EHLO, MAIL, RCPT or DATA (after the final dot) with `reply`, `times` times.

        Steps are used in the order in which they were told. `address`: only to this recipient.
        """
        self._add(_Step(command, reply, times, address, taken=False))

    def misbehave(
        self,
        command: str,
        fault: Fault,
        *,
        times: int = 1,
        address: str | None = None,
        taken: bool = False,
    ) -> None:
        """Cut or hang at a command. `taken`: at DATA, the mail was taken before that."""
        self._add(_Step(command, fault, times, address, taken))

    def behave(self) -> None:
        """Forget the script."""
        with self._lock:
            self._steps.clear()

    def _add(self, step: _Step) -> None:
        with self._lock:
            self._steps.append(step)

    def _next(self, moment: Moment) -> _Step | None:
        with self._lock:
            for step in self._steps:
                if step.fits(moment):
                    step.times -= 1
                    return step
        return None

    async def _react(self, moment: Moment) -> str | None:
        step = self._next(moment)
        if step is None:
            return None
        if step.taken:
            await self._accept(moment.mail)
        if step.what is Fault.CUT:
            await moment.cut()
        if step.what is Fault.HANG:
            await moment.hang()
        return str(step.what)

    async def _accept(self, mail: Received) -> str | None:
        # In one go: a client that dies meanwhile must not leave a mail handed on and not recorded.
        return await asyncio.to_thread(self._take, mail) if self._deliver else self._take(mail)

    def _take(self, mail: Received) -> str | None:
        refusal = self._deliver(mail) if self._deliver else None
        if refusal is None:
            self._mails.add(mail)
        return refusal

    # --- life

    def __enter__(self) -> Self:
        self._thread = LoopThread("smtp-sink")
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()
        self._thread.stop()

    def start(self) -> None:
        """Listen, or listen again after `stop` on the same port."""
        self.port = self._thread.call(self._listen())

    def stop(self) -> None:
        """Refuse new connections; the record stays."""
        self._thread.call(self._close())

    async def _listen(self) -> int:
        offered = None if self._implicit_tls else self._tls
        self._server = await asyncio.get_running_loop().create_server(
            lambda: self._door.protocol(offered, starttls_required=self._starttls_required),
            HOST,
            self.port,
            ssl=self._tls if self._implicit_tls else None,
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        self._server.close()
