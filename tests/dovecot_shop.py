"""The shop of `tests.shop` on a real mailbox: Dovecot for the mail that comes in.

with dovecot_shop(folder, in_mailbox='decorate = "keyword"') as (shop, mailbox):
    mailbox.put("Thread too wide", at=datetime(2026, 3, 1, tzinfo=UTC))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from imapclient import IMAPClient

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from service.wiring import Wiring
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.shop import PASSWORD, START, Shop, open_shop


def mail(number: int, text: str = "The core hole measures 2.5 mm.", *fields: str) -> bytes:
    """A complaint of Jana Vogt, as she would write it."""
    lines = (
        *fields,
        f'From: "{RING.name}" <{RING.address}>',
        f"To: {MAILBOX}",
        f"Subject: Complaint {number}",
        f"Message-ID: <{number}@sensorik.example>",
        "Date: Sun, 01 Mar 2026 10:00:00 +0000",
        "",
        f"{text} ({number})",
        "",
    )
    return "\r\n".join(lines).encode()


@dataclass
class RealMailbox:
    """The shop's mailbox, seen by another mail program."""

    dovecot: PrivateDovecot

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A mail program with this folder open."""
        with IMAPClient(HOST, self.dovecot.imap_port, ssl=False) as client:
            client.login(MAILBOX, PASSWORD)
            client.select_folder(folder)
            yield client

    def put(self, *raws: bytes, at: datetime = START) -> None:
        """Mails that the server received at that moment."""
        with self.client() as client:
            for raw in raws:
                client.append("INBOX", raw, msg_time=at)

    def renumber(self) -> None:
        """The mailbox was rebuilt: other UIDs, another UIDVALIDITY."""
        self.dovecot.rebuild_uids(MAILBOX)


@contextmanager
def dovecot_shop(
    folder: Path, url: str = "", *, in_mailbox: str = "", quota_kib: int = 0
) -> Iterator[tuple[Shop, RealMailbox]]:
    """A shop whose mailbox is on a Dovecot of its own."""
    if not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")
    real = PrivateDovecot({MAILBOX: PASSWORD}, quota_kib=quota_kib)
    with real as dovecot, EmbeddedMail({RING.address: "x"}) as out:
        ports = SimpleNamespace(imap_port=dovecot.imap_port, smtp_port=out.smtp_port)
        server = cast(EmbeddedMail, ports)
        url = url or f"sqlite:///{folder / 'amends.sqlite'}"
        with open_shop(folder, url, in_mailbox=in_mailbox, server=server) as shop:
            yield replace(shop, server=out), RealMailbox(dovecot)


def settings_of(w: Wiring, **changes: Any) -> Wiring:
    """The same service with other settings of its mailboxes."""
    boxes = tuple(box.model_copy(update=changes) for box in w.settings.mailbox)
    return replace(w, settings=w.settings.model_copy(update={"mailbox": boxes}))
