"""Which of the new mails of a look are taken, and with what caution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intake.mailbox.imap import ImapMailbox
from service import journal
from service.first_start import WITHHELD, concerns, left_out, withheld
from service.old_mail import FEW, HOLD, OLDER, too_many
from service.wiring import Wiring
from storage import mailbox_ledger as standings
from storage.mailbox_ledger import Standing

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """The uids to fetch, and those whose letters must wait."""

    uids: list[int]
    cautions: dict[int, str] = field(default_factory=dict)


def take(w: Wiring, begun: Standing, box: ImapMailbox, new: Sequence[int]) -> Taken:
    """Leave out what is of before the first start; note what is suspiciously old."""
    touched = set(concerns(begun, box.uidvalidity, new))
    # With so few the breaker cannot strike, and their dates need not be asked for.
    suspects = len(new) > FEW or begun.holding_since is not None
    asked = [uid for uid in new if uid in touched or (suspects and begun.polled_at)]
    if not asked:
        return Taken(list(new))
    at = w.now()
    arrived = {uid: when or at for uid, when in box.dates(asked).items()}
    first = {uid: when for uid, when in arrived.items() if uid in touched}
    before = left_out(w, begun, box.uidvalidity, first)
    marks = box.marks(sorted(before))
    out = before if box.uidvalidity == begun.start_epoch else _known_again(w, begun, marks)
    left = [(uid, arrived[uid], marks.get(uid)) for uid in sorted(out)]
    _leave(w, begun.name, box.uidvalidity, left, at)
    cautions = dict.fromkeys(withheld(begun, box.uidvalidity, first, at) - out, WITHHELD)
    old = {uid for uid, when in arrived.items() if _is_old(begun, when)} - out
    if begun.holding_since or too_many(w, begun.name, len(old)):
        with w.db.write() as tx:
            standings.begin_holding(tx, begun.name, at)
        cautions |= dict.fromkeys(old - cautions.keys(), HOLD)
    return Taken([uid for uid in new if uid not in out], cautions)


def _is_old(begun: Standing, when: datetime) -> bool:
    return begun.polled_at is not None and when < begun.polled_at - OLDER


def _known_again(w: Wiring, begun: Standing, marks: Mapping[int, str | None]) -> set[int]:
    """Renumbered: of the old mails, those that were there at the first start.

    Others were moved here since, and nobody has registered them. In doubt a mail is taken (R-20).
    """
    with w.db.read() as connection:
        wanted = {mark for mark in marks.values() if mark}
        left = standings.left_before(connection, begun.name, wanted)
    return {uid for uid, mark in marks.items() if mark in left}


def _leave(
    w: Wiring,
    name: str,
    uidvalidity: int,
    every: Sequence[tuple[int, datetime, str | None]],
    at: datetime,
) -> None:
    for start in range(0, len(every), _AT_ONCE):
        with w.db.write() as tx:
            standings.leave(tx, name, uidvalidity, every[start : start + _AT_ONCE], at)
    if every:
        journal.say("mails_before_start", mailbox=name, mails=len(every))
