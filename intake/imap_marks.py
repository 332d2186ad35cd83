"""What may be done to a folder beside reading it: a keyword or a move, and the question for quota.

All of it is decoration. Nothing here decides what is new or done.
"""

from __future__ import annotations

import imaplib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from imapclient import IMAPClient

KEYWORD: Final = b"$Registered"
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


def quota_percent(client: IMAPClient, folder: str) -> int | None:
    """How full the mailbox is; None when the server does not say (RFC 9208)."""
    if not client.has_capability("QUOTA"):
        return None
    _, quotas = client.get_quota_root(folder)
    shares = [100 * one.usage // one.limit for one in quotas if one.limit]
    return max(shares, default=None)
