"""The connection to one folder of one IMAP mailbox: it is opened, idles, and ends with a fault."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from imapclient import IMAPClient

from config.tokens import Proof
from intake.errors import MailboxFault, MailboxUnreachable
from intake.mailbox.door import (
    Opened,
    Place,
    cut,
    faults,
    hang_up,
    log_in,
    open_door,
    open_folder,
)
from intake.mailbox.idle import forget_told, wait_for_mail
from intake.mailbox.token_log_in import advised

T = TypeVar("T")


class Connection:
    """A folder that is open. Not thread safe. Any `MailboxFault` closes it; `open()` again.

    `timeout` is in seconds, for connecting and for every answer.
    """

    def __init__(self, place: Place, proof: Proof, timeout: float) -> None:
        self._place = place
        self._proof = proof
        self._timeout = timeout
        self._selected: Mapping[bytes, Any] = {}
        self._client: IMAPClient | None = None
        self._exists = 0
        self._idles = False
        self.uidvalidity = 0
        self.readonly = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connect, log in and select the folder. Raises a `MailboxFault`."""
        self.close()
        client = open_door(self._place, self._timeout)
        try:
            log_in(client, self._place, self._proof)
            with advised(self._proof):
                chosen = open_folder(client, self._place)
        except BaseException:
            hang_up(client)
            raise
        self._client = client
        self._note(chosen)

    def refresh(self) -> None:
        """Select the folder again, or open the mailbox again: its UIDs may be others by now."""
        if self._client is None:
            self.open()
        else:
            self._note(self._do(lambda client: open_folder(client, self._place)))

    def _note(self, chosen: Opened) -> None:
        self._do(forget_told)
        self._selected = chosen.state
        self.uidvalidity = int(chosen.state.get(b"UIDVALIDITY", 0))
        self._exists = int(chosen.state.get(b"EXISTS", 0))
        self.readonly = chosen.readonly

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._client is not None

    def drop(self) -> None:
        """Hang up without a word: for an end that must not wait for the server."""
        client, self._client = self._client, None
        if client is not None:
            hang_up(client)

    def close(self) -> None:
        """Log out and hang up. Never raises: there is nothing left to lose."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.logout()
        except (imaplib.IMAP4.error, OSError):
            hang_up(client)

    def can_idle(self) -> bool:
        """Whether the server tells by itself of new mail."""
        return self._do(lambda client: bool(client.has_capability("IDLE")))

    def idle(self, seconds: float, ended: Callable[[], bool]) -> bool:
        """Wait for mail; whether some came. When `ended`, the connection is gone afterwards."""
        if self._do(forget_told):
            return True
        self._idles = True
        try:
            came = self._do(lambda client: wait_for_mail(client, seconds, ended))
        finally:
            self._idles = False
        if ended():
            self.drop()
        return came

    def wake(self) -> None:
        """From another thread, when `ended`: end the waiting for mail at once."""
        client = self._client
        if self._idles and client is not None:
            cut(client)

    def _do(self, act: Callable[[IMAPClient], T], *, keep_no: bool = False) -> T:
        if self._client is None:
            raise MailboxUnreachable(f"{self._place} is not open", mend="open() it first")
        try:
            with faults(self._place, keep_no=keep_no):
                return act(self._client)
        except MailboxFault:
            # After a cut or a timeout nobody knows which answer comes next on this connection.
            client, self._client = self._client, None
            hang_up(client)
            raise
