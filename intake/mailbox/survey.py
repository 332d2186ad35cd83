"""What a mailbox can do, asked without changing anything: for `amends doctor`."""

from __future__ import annotations

import imaplib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from imapclient import IMAPClient

from config.tokens import Proof
from intake.mailbox.door import Place, Security, faults, hang_up, log_in, open_door, open_folder
from intake.mailbox.marks import KEYWORD, quota_percent
from intake.mailbox.token_log_in import advised

_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. `newest` is the INTERNALDATE of the last mail, None without one."""

    uidvalidity: int
    mails: int
    readonly: bool
    takes_keywords: bool
    can_move: bool
    idles: str  # "" when IDLE works, else what is wrong
    quota_percent: int | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Door:
    """How one gets into a mailbox."""

    host: str
    port: int
    security: Security
    ca_file: Path | None
    user: str
    proof: Proof
    folder: str
    timeout: float

    @property
    def place(self) -> Place:
        """As the faults of intake name it."""
        ca_file = str(self.ca_file) if self.ca_file else None
        return Place(self.host, self.port, self.security, ca_file, self.user, self.folder)


def survey(door: Door) -> Survey:
    """Log in, select, ask. Raises a `MailboxFault`."""
    client = open_door(door.place, door.timeout)
    try:
        log_in(client, door.place, door.proof)
        with advised(door.proof):
            chosen = open_folder(client, door.place)
        with faults(door.place):
            flags = set(chosen.state.get(b"PERMANENTFLAGS", ()))
            return Survey(
                int(chosen.state.get(b"UIDVALIDITY", 0)),
                int(chosen.state.get(b"EXISTS", 0)),
                chosen.readonly,
                bool(flags & {rb"\*", KEYWORD}),
                client.has_capability("MOVE"),
                _idles(client),
                quota_percent(client, door.folder),
                _newest(client, int(chosen.state.get(b"EXISTS", 0))),
            )
    finally:
        hang_up(client)


@dataclass(frozen=True, slots=True)
class Found:
    """A mail of ours that came back. `arrived` is None when the server gives no date."""

    arrived: datetime | None
    header: bytes


def find_mail(door: Door, message_id: str, seconds: float) -> Found | None:
    """Wait for a mail of ours with this Message-ID; None: it did not come."""
    client = open_door(door.place, door.timeout)
    try:
        log_in(client, door.place, door.proof)
        open_folder(client, door.place)
        end = time.monotonic() + seconds
        with faults(door.place):
            while True:
                client.noop()
                found = client.search(["HEADER", "Message-ID", message_id])
                if found:
                    got = client.fetch(found[-1:], ["INTERNALDATE", "BODY.PEEK[HEADER]"])[found[-1]]
                    return Found(_date(got), bytes(got.get(b"BODY[HEADER]") or b""))
                if time.monotonic() > end:
                    return None
                threading.Event().wait(_LOOK_SECONDS)
    finally:
        hang_up(client)


def _idles(client: IMAPClient) -> str:
    if not client.has_capability("IDLE"):
        return "the server knows no IDLE"
    try:
        client.idle()
        client.idle_done()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        return f"the server refuses IDLE: {error}"
    return ""


def _newest(client: IMAPClient, mails: int) -> datetime | None:
    if not mails:
        return None
    found = client.search([f"{mails}:*"])
    return _date(client.fetch(found[-1:], ["INTERNALDATE"])[found[-1]]) if found else None


def _date(data: dict[bytes, Any]) -> datetime | None:
    when = data.get(b"INTERNALDATE")
    return when.astimezone(UTC) if isinstance(when, datetime) and when.tzinfo else None
