"""Masses of old mail that suddenly look new: their letters are held until it is known why.

frappe/helpdesk#2433: a mailbox was imported, and 20,000 letters left in a day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cases.errors import BadInput, NotFound
from service import journal, posting
from service.people import act
from service.wiring import Happening, Wiring
from storage import mailbox_ledger as standings
from storage import tables
from storage.book import Insert
from storage.mailbox_ledger import Standing
from storage.order import take_turn

HOLD: Final = "hold"
HELD: Final = "many old mails looked new at once"
TASK: Final = "old_mail_held"
# Clocks of servers differ, and mails wait on their way.
OLDER: Final = timedelta(hours=1)
FEW: Final = 20
_SHARE: Final = 50  # 2 %
MOST_TRIES: Final = 20  # as in service.registrar


def too_many(w: Wiring, name: str, old: int) -> bool:
    """Whether so many old mails at once are no usual day."""
    if old <= FEW:
        return False
    with w.db.read() as connection:
        return old > standings.count(connection, name) // _SHARE


def settle_all(w: Wiring) -> None:
    """Where all mails of a look are registered: letters go on, or a person is asked."""
    with w.db.read() as connection:
        ready = [
            one
            for one in standings.unsettled(connection)
            if not standings.still_waits(connection, one.name, most_tries=MOST_TRIES)
        ]
    for one in ready:
        _settle(w, one)


def _settle(w: Wiring, mailbox: Standing) -> None:
    many, since = 0, mailbox.holding_since
    if since is not None:
        with w.db.read() as connection:
            many = standings.old_and_new(connection, mailbox.name, since)
    # Copies were counted when the letters were held; what is left may be few.
    asked = too_many(w, mailbox.name, many)
    with w.happening("system", f"mailbox:{mailbox.name}") as h:
        take_turn(h.book.tx, "register")  # several nodes settle one mailbox
        if asked:
            _ask(h, mailbox.name, many)
        elif since is not None:
            for letter in standings.held(h.book.tx, mailbox.name, HELD, since):
                posting.release(h, letter, "only few of the old mails were new")
        standings.settle(h.book.tx, mailbox.name)
    if asked:
        journal.warn("letters_held", mailbox=mailbox.name, mails=many)
    if mailbox.comparing_since is not None:
        journal.say("mailbox_compared", mailbox=mailbox.name)


def _ask(h: Happening, name: str, many: int) -> None:
    if standings.open_task(h.book.tx, TASK, name) is None:
        reason = f"{many} old mails of mailbox {name} looked new at once; their letters are held"
        mailbox_task(h, TASK, name, reason)


def mailbox_task(h: Happening, kind: str, name: str, reason: str) -> None:
    """Put a task about a mailbox, and no case, before the managers."""
    row = {
        "id": h.new_id(),
        "kind": kind,
        "reason": reason,
        "suggestion": {"mailbox": name},
        "created_at": h.at,
    }
    h.book.aside(Insert(tables.tasks, row))


def release_all(w: Wiring, name: str, user: str, why: str) -> int:
    """Let every letter go that was held here; return how many. A person has looked."""
    if not why.strip():
        raise BadInput("this needs a reason", mend="--why TEXT")
    with act(w, user, "outbox") as h:
        if name not in {box.name for box in w.settings.mailbox}:
            raise NotFound(f"there is no mailbox {name}", mend="see mailbox.name in amends.toml")
        letters = standings.held(h.book.tx, name, HELD, None)
        for letter in letters:
            posting.release(h, letter, why)
        task = standings.open_task(h.book.tx, TASK, name)
        if task is not None:
            standings.end_task(h.book.tx, task, h.at, h.actor, "done", why)
    return len(letters)
