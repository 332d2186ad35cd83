"""Mails written part by part, for tests of reading."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from intake.attached.attachments import payload
from intake.mail import Attachment, Mail
from intake.parse import read

HEAD: Final = b"From: Ann <ann@customer.example>\r\nSubject: Files\r\nMIME-Version: 1.0\r\n"
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(40)


def mixed(*parts: bytes, kind: bytes = b"mixed", more: bytes = b"") -> bytes:
    """A multipart mail of whole parts."""
    start = HEAD + b"Content-Type: multipart/" + kind + b"; boundary=B" + more + b"\r\n\r\n"
    return start + b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"


def part(kind: str, data: bytes, *fields: str) -> bytes:
    """A part in base64."""
    head = "".join(f"{one}\r\n" for one in (f"Content-Type: {kind}", *fields))
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(data)


TEXT: Final = b"Content-Type: text/plain\r\n\r\nSee the files."


def checked(raw: bytes) -> Mail:
    """The mail, once the bytes of every attachment could be had again."""
    mail = read(raw)
    assert mail == read(raw)
    for one in mail.attachments:
        data = payload(raw, one.part)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.size, one.sha256)
    parts = [one.part for one in mail.attachments]
    assert len(parts) == len(set(parts))
    return mail


def files(raw: bytes) -> list[tuple[str, str]]:
    """Part and name of each."""
    return [(one.part, one.name) for one in checked(raw).attachments]


def only(raw: bytes) -> Attachment:
    """The one attachment."""
    (found,) = checked(raw).attachments
    return found
