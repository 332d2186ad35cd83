"""The same mail in other bytes: servers rewrite mails, and two routes add their own headers."""

from __future__ import annotations

import hashlib
from typing import Final

from intake.mail import Mail
from service.judge import Place

PROBABLE_COPY: Final = "probable copy"


def fingerprint(mail: Mail) -> str | None:
    """sha256 over what no server changes: Message-ID, Date, From, text and files.

    None without Message-ID: two short mails of one person may be equal in all else. Who only
    repeats a Message-ID is not taken for a copy: the words and files count.
    """
    if not mail.message_id or "unreadable" in mail.defects:
        return None
    parts = (
        mail.message_id,
        mail.date.isoformat() if mail.date else "",
        mail.from_.address if mail.from_ else "",
        mail.subject,
        " ".join(mail.text.split()),
        *sorted(one.sha256 for one in mail.attachments),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def beside(original: int | None) -> Place:
    """A probable copy lies where its original lies, and does nothing there."""
    return Place(PROBABLE_COPY, case_id=original, aside=original is None)
