"""A letter of which no answer came is looked for before a second copy leaves (reliability.md 6 B).

Two things prove that the server took it: a copy in the folder where it keeps what it took
(`smtp.sent_folder`), and the copy that went to our own mailbox in the same envelope
(`outbox.bcc_own`). Found: accepted. Not found where we did look, after `outbox.reconcile_minutes`:
the same bytes once more. So long as we cannot look, it waits, but never for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from intake.errors import MailboxFault
from intake.mailbox.door import Place
from intake.mailbox.sent import found_in
from mailer.carry import Outcome
from service import journal
from service.bounces import tell_delays
from service.delivering import accept, once_more
from service.judge import token_hash
from service.wiring import Wiring
from storage import sought
from storage.database import Connection
from storage.sought import Sought

_AT_ONCE: Final = 100
# Where the mailbox cannot be read for so long, the promise weighs more than a second copy.
_MOST_PATIENCE: Final = timedelta(hours=4)
# The line of `service.freezing`: each recipient's copy has its own.
_REF: Final = re.compile(r"^Ref: ([a-z2-7]{26})\s*$", re.MULTILINE)


def look_after_left(w: Wiring) -> None:
    """What left and has not come to its end: letters to look for, delays to tell of."""
    tell_delays(w)
    reconcile(w)


def reconcile(w: Wiring) -> int:
    """Look for what nobody knows the end of; return how many were found."""
    with w.db.read() as connection:
        waiting = sought.sought(connection, _AT_ONCE)
    waiting.sort(key=lambda one: one.mailbox)
    return sum(
        _look(w, mailbox, list(some)) for mailbox, some in groupby(waiting, lambda x: x.mailbox)
    )


def _look(w: Wiring, mailbox: str, waiting: Sequence[Sought]) -> int:
    kept = _kept_by_server(w, mailbox, waiting)
    found = 0
    for one in waiting:
        ends = one.sought_since + timedelta(minutes=w.settings.outbox.reconcile_minutes)
        with w.db.read() as connection:
            # In this order: a copy that comes in between was not missed.
            looked = kept is not None and (
                not w.settings.outbox.bcc_own or sought.read_since(connection, mailbox, ends)
            )
            proof = _proof(connection, one, kept or set())
        if proof:
            found += _found(w, one, proof)
        elif w.now() >= ends and (looked or w.now() >= ends + _MOST_PATIENCE):
            _not_found(w, one, "it was not found" if looked else "nobody could look for it")
    return found


def _kept_by_server(w: Wiring, mailbox: str, waiting: Sequence[Sought]) -> set[str] | None:
    """Our ids in the folder of sent mails; None when it cannot be looked into."""
    folder = w.settings.smtp.sent_folder
    if not folder:
        return set()
    box = w.mailbox(mailbox)
    place = Place(
        box.host,
        box.port,
        box.security,
        str(box.ca_file) if box.ca_file else None,
        box.user,
        folder,
    )
    proof = w.proofs.of_mailbox(box)
    try:
        return found_in(place, proof, box.timeout_seconds, {one.message_id for one in waiting})
    except MailboxFault as error:
        journal.warn("sent_folder_not_read", mailbox=mailbox, reason=str(error))
        return None


def _proof(connection: Connection, one: Sought, kept: set[str]) -> str:
    """What shows that this delivery was accepted; "" for nothing."""
    alone = sought.recipients(connection, one.letter_id) == 1
    if alone and one.message_id in kept:
        return "found in the folder of sent mails"
    for text in sought.own_mails(connection, one.message_id):
        # Several recipients share the Message-ID; the token is in one copy only.
        carried = {sought.delivery_of_token(connection, token_hash(t)) for t in _REF.findall(text)}
        if alone or one.id in carried:
            return "its copy came to our own mailbox"
    return ""


def _found(w: Wiring, one: Sought, proof: str) -> bool:
    with w.happening("system", f"delivery:{one.id}") as h:
        delivery = sought.still(h.book.tx, one)
        if delivery is None:
            return False
        accept(h, delivery, Outcome("accepted", None, proof))
    journal.say("letter_found", delivery=one.id)
    return True


def _not_found(w: Wiring, one: Sought, why: str) -> None:
    with w.happening("system", f"delivery:{one.id}") as h:
        delivery = sought.still(h.book.tx, one)
        if delivery is not None:
            once_more(h, delivery, why)
    journal.warn("letter_not_found", delivery=one.id, reason=why)
