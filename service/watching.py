"""A mailbox is looked into: what is new is fetched and committed (T1)."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from config.settings import Mailbox
from intake.errors import MailboxFault
from intake.mailbox.imap import ImapMailbox
from service import journal
from service.filling import fullness
from service.first_start import begun
from service.mailbox_state import MailboxState
from service.seeing import seen
from service.taking import take
from service.wiring import Wiring
from storage import ledger
from storage import mailbox_ledger as standings
from storage.mailbox_ledger import Standing

_DECORATED_AT_ONCE: Final = 500
_QUOTA_SECONDS: Final = 240.0  # reliability.md 4.1: an alarm within five minutes


@dataclass(slots=True)
class Watch:
    """One mailbox and how far it was read. `full`: compare the whole mailbox with the ledger."""

    w: Wiring
    mailbox: Mailbox
    full: bool = True  # at start, and whenever the daemon says so (hourly)
    noticed: Callable[[], object] = lambda: None  # a batch waits to be registered
    state: MailboxState = field(init=False)
    _box: ImapMailbox | None = None  # the connection of a watch that stays
    _quota_asked: float | None = None  # monotonic seconds
    _refusal: str = ""  # of a decoration, told once

    def __post_init__(self) -> None:
        self.state = self.w.vital.mailboxes[self.mailbox.name] = MailboxState(self.mailbox.name)

    def stay(self) -> None:
        """Keep the connection open between two looks."""
        self._box = door(self.w, self.mailbox)

    def drop(self) -> None:
        """Hang up at once; a watch that stays connects again at its next look."""
        if self._box is not None:
            self._box.drop()

    def look(self) -> int:
        """Fetch what the ledger does not know; return how many mails that were. MailboxFault."""
        try:
            if self._box is None:
                with door(self.w, self.mailbox) as box:
                    found = self._look(box)
            else:
                self._box.refresh()
                found = self._look(self._box)
        except BaseException as error:
            self.state.waits_for = str(error) or type(error).__name__
            raise
        self.state.waits_for, self.state.good_at = "", self.w.now()
        return found

    def idle(self, seconds: float, ended: Callable[[], bool]) -> bool | None:
        """Wait until the server tells of mail (True); None: it never does. MailboxFault."""
        if self._box is None or not self.mailbox.idle:
            return None
        self.state.idles = self._box.can_idle()
        return self._box.idle(seconds, ended) if self.state.idles else None

    def wake(self) -> None:
        """From another thread, when the service ends: wait for no mail any more."""
        if self._box is not None:
            self._box.wake()

    def compare_all(self) -> None:
        """Compare the whole mailbox with the ledger at the next look."""
        self.full = True

    def _look(self, box: ImapMailbox) -> int:
        name = self.mailbox.name
        standing = begun(self.w, self.mailbox, box)
        renumbered = self._renumbered(standing, box)
        # Any difference is a new epoch: uids of the old one say nothing.
        above = standing.last_uid
        if self.full or renumbered or standing.uidvalidity != box.uidvalidity:
            above = 0
        with self.w.db.read() as connection:
            known = ledger.known_uids(connection, name, box.uidvalidity, above)
        there = box.uids(above)
        taken = take(self.w, standing, box, [uid for uid in there if uid not in known])
        for batch in box.batches(taken.uids):
            seen(self.w, name, box.uidvalidity, list(box.fetch(batch)), taken.cautions)
            self.noticed()
        with self.w.db.write() as tx:
            ledger.polled(tx, name, box.uidvalidity, max([*there, above]), self.w.now())
        self.full = False
        self._tell(box, len(taken.uids))
        self._beside(box)
        return len(taken.uids)

    def _renumbered(self, standing: Standing, box: ImapMailbox) -> bool:
        """Whether the uids are others than at the last look. Then letters wait for the copies."""
        if standing.uidvalidity in (0, box.uidvalidity):
            return False
        if standing.comparing_since is None:
            journal.warn("mailbox_renumbered", mailbox=self.mailbox.name)
        with self.w.db.write() as tx:
            standings.begin_comparing(tx, self.mailbox.name, self.w.now())
        return True

    def _tell(self, box: ImapMailbox, new: int) -> None:
        self.state.unseen = len(box.refused)
        if box.refused:
            # They stay unknown to the ledger, so every comparison asks for them again.
            journal.warn("mails_not_handed_out", mailbox=self.mailbox.name, mails=len(box.refused))
        if new:
            journal.say("mailbox_read", mailbox=self.mailbox.name, new=new)

    def _beside(self, box: ImapMailbox) -> None:
        """Decoration and quota: after the look, and no look fails for them."""
        try:
            self._decorate(box)
            now = time.monotonic()
            if self._quota_asked is None or now - self._quota_asked >= _QUOTA_SECONDS:
                self._quota_asked = now
                before, self.state.quota_percent = self.state.quota_percent, box.quota_percent()
                fullness(self.w, self.mailbox.name, self.state.quota_percent, before)
        except MailboxFault:
            box.drop()  # the next look says what it is

    def _decorate(self, box: ImapMailbox) -> None:
        how, name = self.mailbox.decorate, self.mailbox.name
        if how == "none" or box.readonly:
            return
        with self.w.db.read() as connection:
            uids = standings.undecorated(connection, name, box.uidvalidity, _DECORATED_AT_ONCE)
        if not uids:
            return
        try:
            box.decorate(uids, how, self.mailbox.move_to)
        except imaplib.IMAP4.error as error:
            if str(error) != self._refusal:
                self._refusal = str(error)
                journal.warn("mails_not_decorated", mailbox=name, reason=self._refusal)
            return
        with self.w.db.write() as tx:
            standings.decorated(tx, name, box.uidvalidity, uids)


def door(w: Wiring, mailbox: Mailbox) -> ImapMailbox:
    """The mailbox as it is configured, not yet open."""
    return ImapMailbox(
        mailbox.host,
        mailbox.port,
        mailbox.security,
        mailbox.ca_file,
        mailbox.user,
        w.proofs.of_mailbox(mailbox),
        mailbox.folder,
        mailbox.timeout_seconds,
        w.evidence.spool,
    )
