"""What is known of a watched mailbox right now, for health and for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class MailboxState:
    """One thread writes it; readers take single fields, which are whole at any moment."""

    name: str
    good_at: datetime | None = None  # when the last look came to its end
    waits_for: str = ""  # the fault, in one line; "" when all is well
    quota_percent: int | None = None  # None: the server does not say
    unseen: int = 0  # mails there that the ledger does not know, after the last look
    idles: bool | None = None  # whether the server tells by itself; None: not known yet
