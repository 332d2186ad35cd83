"""Somebody tries tokens. They cannot be guessed, but whoever tries shall be noticed (6 D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from intake.clues import Clue
from service.arrived import Arrived
from service.judge import MOST_MISSES, sender_of, token_hash
from service.wiring import Happening
from storage import misses
from storage.lookup import Known

_KEPT_OF_A_MAIL: Final = MOST_MISSES + 1
_WINDOW: Final = timedelta(hours=1)


def count_misses(
    h: Happening,
    batch: Sequence[Arrived],
    found: Mapping[str, Sequence[Clue]],
    known: Known,
) -> None:
    """Note the wrong tokens of the batch, and for every sender how many came within the hour."""
    new: dict[str, list[str]] = {}
    senders = set()
    for arrived in batch:
        every = found[arrived.mail.sha256]
        if every:
            senders.add(sender_of(arrived.mail))
        hashes = (token_hash(clue.value) for clue in every if clue.kind == "token")
        wrong = [one for one in hashes if one not in known.tokens]
        if wrong:
            new.setdefault(sender_of(arrived.mail), []).extend(wrong[:_KEPT_OF_A_MAIL])
    if new:
        misses.note(h.book.tx, new, h.at)
        misses.forget(h.book.tx, h.at - _WINDOW)
    if senders:
        known.misses = misses.count(h.book.tx, senders, h.at - _WINDOW)
