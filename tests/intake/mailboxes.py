"""An empty mailbox on one of the two servers, and how a test fills and reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imapclient import IMAPClient

from intake.mailbox.imap import ImapMailbox

PASSWORD = "secret"


@dataclass(frozen=True)
class Server:
    """One of the two, with a user whose mailbox is empty."""

    port: int
    user: str
    deliver: Callable[[str, bytes], None]

    def mailbox(self, **other: object) -> ImapMailbox:
        settings = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "plain",
            "ca_file": None,
            "user": self.user,
            "password": PASSWORD,
            "timeout": 20.0,
        }
        return ImapMailbox(**(settings | other))  # type: ignore[arg-type]  # settings by name

    def client(self) -> IMAPClient:
        """Another program that uses the same mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.login(self.user, PASSWORD)
        client.select_folder("INBOX")
        return client


def letter(number: int, size: int = 0) -> bytes:
    head = (
        f"From: bob@shop.test\r\nSubject: no. {number}\r\nMessage-ID: <{number}@shop.test>\r\n\r\n"
    )
    line = b"%08d " % number * 8 + b"\r\n"
    return head.encode() + line * (size // len(line) + 1)


def everything(mailbox: ImapMailbox) -> dict[int, bytes]:
    batches = mailbox.batches(mailbox.uids())
    return {one.uid: one.raw for batch in batches for one in mailbox.fetch(batch)}
