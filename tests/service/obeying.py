"""Children that obey their mails: what the tests of reading in children share."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from demo.shop import MAILBOX
from intake.kinds.screen import OwnAddresses
from service.children import Children
from service.reading import Reading, Unread

HOSTILE = "tests.service.hostile:understand"
OWN = OwnAddresses(frozenset({MAILBOX}))
ROOT = Path(__file__).parent.parent.parent


def tell(line: str) -> None:
    """For who runs this with -rP or -s: the figures."""
    sys.stdout.write(f"{line}\n")


def mail(word: str, number: int = 0) -> bytes:
    """A mail whose reader does what it says."""
    head = f"From: Jana <jana@ring.example>\r\nSubject: {word} {number}\r\n\r\n"
    return f"{head}{word}\r\nThe thread is too wide.\r\n".encode()


def unread(data: bytes) -> Unread:
    return Unread(hashlib.sha256(data).hexdigest(), len(data), lambda: data)


def at_last(reader: Children, mails: list[Unread]) -> list[Reading]:
    """Ask until all is answered."""
    found = reader.read(mails, (), OWN)
    while reader.wait():
        found = reader.read(mails, (), OWN)
    assert None not in found
    return [one for one in found if one is not None]
