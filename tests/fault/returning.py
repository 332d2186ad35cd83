"""What lets the service find out whether a letter left: its own copy comes back into its mailbox,
or the server keeps what it took in a folder of sent mails (reliability.md 6 B)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Literal

from imapclient import IMAPClient

from demo.received import Received
from tests.fault.installation import More
from tests.fault.oracle import Appended
from tests.servers.process import HOST

Way = Literal["bcc", "sent"]
SENT: Final = "Sent"
SETTINGS: Final = {
    "bcc": More(outbox="bcc_own = true\n"),
    "sent": More(smtp=f'sent_folder = "{SENT}"\n'),
}


@dataclass
class Returning:
    """Hands on what the SMTP server took, before that one answers. `appended`: what the mailbox
    got of it."""

    mailbox: str
    imap_port: int
    way: Way | None
    appended: list[Appended] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def deliver(self, mail: Received) -> None:
        """Called by the SMTP server, in a thread of its own for each mail."""
        if self.way is None:
            return
        with self._lock, IMAPClient(HOST, self.imap_port, ssl=False, timeout=30) as client:
            client.login(self.mailbox, "secret")
            if self.way == "sent":
                if not client.folder_exists(SENT):
                    client.create_folder(SENT)
                client.append(SENT, mail.raw)
            for own in filter(self._is_own, mail.recipients):
                # As a real server does: the bytes differ from those that left.
                raw = f"Return-Path: <{mail.sender}>\r\nDelivered-To: {own}\r\n".encode() + mail.raw
                client.append("INBOX", raw)
                self.appended.append(Appended(sha256(raw).hexdigest(), own=True))

    def to_others(self, mail: Received) -> Received:
        """The mail as the customer's server sees it."""
        others = tuple(one for one in mail.recipients if not self._is_own(one))
        return replace(mail, recipients=others)

    def _is_own(self, address: str) -> bool:
        local, _, domain = address.partition("@")
        return f"{local.partition('+')[0]}@{domain}" == self.mailbox
