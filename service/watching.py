"""A mailbox is looked into: what is new is fetched and committed (T1)."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import Mailbox
from intake.imap import ImapMailbox
from service import journal
from service.arrival import seen
from service.wiring import Wiring
from storage import ledger


@dataclass(slots=True)
class Watch:
    """One mailbox and how far it was read. `full`: compare the whole mailbox with the ledger."""

    w: Wiring
    mailbox: Mailbox
    full: bool = True  # at start, and whenever the daemon says so (hourly)

    def look(self) -> int:
        """Fetch what the ledger does not know; return how many mails that were. MailboxFault."""
        with _door(self.w, self.mailbox) as box:
            with self.w.db.read() as connection:
                epoch, last = ledger.position(connection, self.mailbox.name)
                # Any difference is a new epoch: uids of the old one say nothing.
                above = 0 if self.full or epoch != box.uidvalidity else last
                known = ledger.known_uids(connection, self.mailbox.name, box.uidvalidity, above)
            there = box.uids(above)
            new = [uid for uid in there if uid not in known]
            for batch in box.batches(new):
                seen(self.w, self.mailbox.name, box.uidvalidity, list(box.fetch(batch)))
            self._note(box, max([*there, above]))
            refused = len(box.refused)
        self.full = False
        if refused:
            # They stay unknown to the ledger, so every comparison asks for them again.
            journal.warn("mails_not_handed_out", mailbox=self.mailbox.name, mails=refused)
        if new:
            journal.say("mailbox_read", mailbox=self.mailbox.name, new=len(new))
        return len(new)

    def compare_all(self) -> None:
        """Compare the whole mailbox with the ledger at the next look."""
        self.full = True

    def _note(self, box: ImapMailbox, last: int) -> None:
        with self.w.db.write() as tx:
            ledger.polled(tx, self.mailbox.name, box.uidvalidity, last, self.w.now())


def _door(w: Wiring, mailbox: Mailbox) -> ImapMailbox:
    return ImapMailbox(
        mailbox.host,
        mailbox.port,
        mailbox.security,
        mailbox.ca_file,
        mailbox.user,
        w.secrets.mailboxes[mailbox.name].reveal,
        mailbox.folder,
        mailbox.timeout_seconds,
    )
