"""What may be done to a folder beside reading it: a keyword or a move, the question for quota, and
what marks a mail that is left where it is."""

from __future__ import annotations

import hashlib
import imaplib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from imapclient import IMAPClient

KEYWORD: Final = b"$Registered"
# What no server changes when it moves or numbers a mail anew.
MARKED_BY: Final = (
    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]",
    "RFC822.SIZE",
    "INTERNALDATE",
)
_WITH_ID: Final = re.compile(rb"^message-id:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
How = Literal["keyword", "move"]


def decorate(
    client: IMAPClient, selected: Mapping[bytes, Any], uids: Sequence[int], how: How, move_to: str
) -> None:
    """Mark or move these mails, if they are still there. imaplib.IMAP4.error: refused."""
    if how == "keyword":
        if not {rb"\*", KEYWORD} & set(selected.get(b"PERMANENTFLAGS", ())):
            raise imaplib.IMAP4.error("the folder takes no keywords")
        client.add_flags(list(uids), [KEYWORD], silent=True)
        return
    # Without MOVE (RFC 6851) a copy could stay behind; the mails then stay where they are.
    if not client.has_capability("MOVE"):
        raise imaplib.IMAP4.error("the server cannot MOVE")
    if not client.folder_exists(move_to):
        client.create_folder(move_to)
    client.move(list(uids), move_to)


def mark(answer: Mapping[bytes, Any]) -> str | None:
    """sha256 over Message-ID, Date, From and Subject; of a mail without Message-ID over its size
    and arrival too. None: the server gave no fields."""
    fields = next((v for k, v in answer.items() if k.startswith(b"BODY[HEADER.FIELDS")), None)
    if not isinstance(fields, bytes) or not fields.strip():
        return None
    parts = [b" ".join(line.split()) for line in sorted(re.split(rb"\r?\n(?![ \t])", fields))]
    if not _WITH_ID.search(fields):
        parts += [str(answer.get(name)).encode() for name in (b"RFC822.SIZE", b"INTERNALDATE")]
    return hashlib.sha256(b"\0".join(part for part in parts if part)).hexdigest()


def quota_percent(client: IMAPClient, folder: str) -> int | None:
    """How full the mailbox is; None when the server does not say (RFC 9208)."""
    if not client.has_capability("QUOTA"):
        return None
    _, quotas = client.get_quota_root(folder)
    shares = [100 * one.usage // one.limit for one in quotas if one.limit]
    return max(shares, default=None)
