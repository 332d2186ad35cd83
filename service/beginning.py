"""Before the service starts: which mailboxes would ask something that a person must answer?"""

from __future__ import annotations

from collections.abc import Iterator

from intake.errors import MailboxFault
from service.first_start import FirstStartUndecided, is_decided, undecided
from service.watching import door
from service.wiring import Wiring


def undecided_mailboxes(w: Wiring) -> Iterator[FirstStartUndecided]:
    """The questions of mailboxes at their very first start. Those that are away ask later."""
    for mailbox in w.settings.mailbox:
        if is_decided(w, mailbox):
            continue
        try:
            with door(w, mailbox) as box:
                there = len(box.uids())
        except MailboxFault:
            continue  # the watch will wait for it, and tell
        if there:
            yield undecided(mailbox, there)
