"""The very first start on a mailbox that is not empty: which mails are taken, which answered.

reliability.md 6 A 8: whoever takes all of them by mistake sends thousands of letters in a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from cases.errors import AmendsError
from config.settings import Mailbox
from intake.mailbox.imap import ImapMailbox
from service.wiring import Wiring
from storage import mailbox_ledger as standings
from storage.mailbox_ledger import Standing

# Older ones were answered by a person, or nobody waits for an acknowledgment any more.
YOUNG: Final = timedelta(hours=24)
WITHHELD: Final = "withhold"
WHY_WITHHELD: Final = "older than a day at the first start"


class FirstStartUndecided(AmendsError):
    """A mailbox is not empty, and nobody said which of its mails are meant. Exit code 78."""

    exit_code = 78


def begun(w: Wiring, mailbox: Mailbox, box: ImapMailbox) -> Standing:
    """What stands of the mailbox; at the very first start what was chosen is kept for ever."""
    with w.db.read() as connection:
        before = standings.standing(connection, mailbox.name)
    if before is not None and before.first_start is not None:
        return before
    there = box.uids()
    choice = mailbox.first_start or ("" if there else "all")
    if not choice:
        raise undecided(mailbox, len(there))
    with w.db.write() as tx:
        standings.begin(
            tx,
            mailbox.name,
            choice,
            w.now(),
            epoch=box.uidvalidity,
            last_uid=max(there, default=0),
            acknowledge_old=mailbox.acknowledge_old,
        )
    with w.db.read() as connection:
        made = standings.standing(connection, mailbox.name)
    assert made is not None
    return made


def undecided(mailbox: Mailbox, there: int) -> FirstStartUndecided:
    """The question, as a fault with its mend."""
    return FirstStartUndecided(
        f"mailbox {mailbox.name} holds {there} mails, and nobody said which of them are meant",
        mend="amends serve --from now, --from since:YYYY-MM-DD or --from all "
        "(or mailbox.first_start); this is asked once",
    )


def chosen(w: Wiring, choice: str, *, acknowledge_old: bool) -> Wiring:
    """The service with this answer for the mailboxes that are asked."""
    changes: dict[str, object] = {"acknowledge_old": True} if acknowledge_old else {}
    if choice:
        changes["first_start"] = choice
    boxes = tuple(box.model_copy(update=changes) for box in w.settings.mailbox)
    return replace(w, settings=w.settings.model_copy(update={"mailbox": boxes}))


def is_decided(w: Wiring, mailbox: Mailbox) -> bool:
    """Whether this mailbox has begun, or is told how to."""
    if mailbox.first_start:
        return True
    with w.db.read() as connection:
        before = standings.standing(connection, mailbox.name)
    return before is not None and before.first_start is not None


def concerns(begun: Standing, epoch: int, uids: Sequence[int]) -> list[int]:
    """Those of the mails about which the first start has something to say."""
    if begun.first_start == "all" and begun.acknowledge_old:
        return []
    start_uid = begun.start_uid or 0
    return [uid for uid in uids if epoch != begun.start_epoch or uid <= start_uid]


def left_out(w: Wiring, begun: Standing, epoch: int, arrived: Mapping[int, datetime]) -> set[int]:
    """Which of these mails are of before the first start, by uid or by arrival.

    After a renumbering only arrival is left to ask for, and an old mail may have been moved here
    since: `service.taking` then knows by its mark which was there.
    """
    assert begun.started_at is not None
    choice = begun.first_start or "all"
    if choice == "all":
        return set()
    if choice == "now" and epoch == begun.start_epoch:
        return set(arrived)
    cutoff = begun.started_at
    if choice != "now":
        day = date.fromisoformat(choice.removeprefix("since:"))
        cutoff = datetime.combine(day, time(), w.timezone)
    return {uid for uid, when in arrived.items() if when < cutoff}


def withheld(
    begun: Standing, epoch: int, arrived: Mapping[int, datetime], at: datetime
) -> set[int]:
    """Which of these mails are too old to be acknowledged unasked: at the first start; and of those
    from before it that were moved here later, now."""
    started = begun.started_at
    assert started is not None
    if begun.acknowledge_old:
        return set()
    limit = started - YOUNG if epoch == begun.start_epoch else min(started, at - YOUNG)
    return {uid for uid, when in arrived.items() if when < limit}
