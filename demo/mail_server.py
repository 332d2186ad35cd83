"""The embedded mail server: IMAP (pymap, in memory) and SMTP (aiosmtpd) in one thread.

    with EmbeddedMail({"complaints@acme.test": "secret", "bob@shop.test": "secret"}) as server:
        connect to server.imap_port and server.smtp_port on 127.0.0.1

For the demo and for tests, never for production. Mail to `user+detail@host` reaches `user@host`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Self

from demo.imap_door import ImapDoor
from demo.loop_thread import LoopThread
from demo.received import Received, ReceivedMails
from demo.smtp_door import Moment, SmtpDoor

HOST = "127.0.0.1"

SmtpHook = Callable[[str, Received], str | None]
"""Called with the command (EHLO, MAIL, RCPT, DATA) and what is known of the mail, in the server's
thread; returns a reply such as "451 4.2.0 try later", or None to go on."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


class EmbeddedMail:
    """IMAP and SMTP for `users` (address: password). Port 0 takes a free one.

    `clock` gives the arrival (INTERNALDATE) of what SMTP or `deliver` puts into a mailbox.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        imap_port: int = 0,
        smtp_port: int = 0,
        smtp_hook: SmtpHook | None = None,
        smtp_auth_required: bool = False,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self.users = dict(users)
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.smtp_hook = smtp_hook
        self._door = SmtpDoor(
            accept=self._accept,
            react=self._react,
            passwords=self.users,
            auth_required=smtp_auth_required,
        )
        self._imap = ImapDoor()
        self._clock = clock
        self._mails = ReceivedMails()

    # --- what demo and tests ask

    @property
    def received(self) -> tuple[Received, ...]:
        """Every mail that SMTP took, local or not, in order."""
        return self._mails.all()

    def wait_for(
        self, enough: Callable[[Sequence[Received]], bool], seconds: float = 10.0
    ) -> tuple[Received, ...]:
        """Wait until `enough(received)`; the mails it saw are in their mailboxes by then.

        `enough` must not ask this server: it runs while the record is locked.
        """
        return self._mails.wait_for(enough, seconds)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a mailbox as it is, past SMTP. KeyError: no such user."""
        self._thread.call(self._append(self._known(user), raw, folder))

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """What lies in a mailbox now, oldest first. KeyError: no such user."""
        return self._thread.call(self._imap.read(self._known(user), folder))

    def user_of(self, address: str) -> str | None:
        """The user whose mailbox an address reaches, plus addressing included; None: not here."""
        address = address.lower()
        if address in self.users:
            return address
        local, _, host = address.rpartition("@")
        plain = f"{local.partition('+')[0]}@{host}"
        return plain if plain in self.users else None

    # --- life

    def __enter__(self) -> Self:
        self._thread = LoopThread("embedded-mail")
        try:
            self._thread.call(self._start())
        except BaseException:
            self._thread.stop()
            raise
        return self

    def __exit__(self, *why: object) -> None:
        self._thread.call(self._close())
        self._thread.stop()

    async def _start(self) -> None:
        self.imap_port = await self._imap.start(self.users, HOST, self.imap_port)
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(self._door.protocol, HOST, self.smtp_port)
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        await self._imap.close()
        self._smtp.close()

    # --- mail in

    async def _react(self, moment: Moment) -> str | None:
        return self.smtp_hook(moment.command, moment.mail) if self.smtp_hook else None

    async def _accept(self, mail: Received) -> str | None:
        for recipient in mail.recipients:
            user = self.user_of(recipient)
            if user:
                await self._append(user, _trace(mail.sender, recipient) + mail.raw)
        self._mails.add(mail)  # last, so that whoever waits for it finds it in the mailbox
        return None

    async def _append(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        await self._imap.append(user, folder, raw, self._clock())

    def _known(self, user: str) -> str:
        if user not in self.users:
            raise KeyError(f"no user {user} on the embedded mail server")
        return user


def _trace(sender: str, recipient: str) -> bytes:
    """RFC 5321 section 4.4: what the last server writes on top of a mail."""
    lines = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
    return lines.encode(errors="surrogateescape")  # aiosmtpd keeps unknown bytes that way
