"""A machine that says nowhere that it is one gives itself away by saying the same thing again.

Ticket systems and auto-responders without any mark open a new thread for each letter of ours; the
words stay, but for a number or a date (reliability.md 4.3).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from service.arrived import Arrived
from service.wiring import Happening
from storage import messages
from storage.tables import letters

_WINDOW: Final = timedelta(hours=24)
_LOOKED_AT: Final = 20
# P8: two automatic letters a day to somebody who only repeats himself, and no third.
_ENOUGH: Final = 2
_CHANGES: Final = re.compile(r"[\W\d_]+|\b\w*\d\w*\b")
# Not "qc1" and "qc2", and not the numbers that are whole addresses in China: those are people.
_OF_A_TICKET: Final = re.compile(r"\+.*|(?<=[a-z._-])\d{4,}", re.IGNORECASE)
SAME_WORDS: Final = (
    "the sender repeats the same words, numbers aside, after two automatic letters in a day"
)


class Robots:
    """Who repeats himself, in what was registered before and in one batch."""

    def __init__(self, h: Happening, batch: Sequence[Arrived]) -> None:
        self._h = h
        self._senders = {*map(_sender, batch)}
        self._before, self._reached = self._told_before(batch)
        # Subject and text by root, in this batch.
        self._said: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def repeats_itself(self, arrived: Arrived) -> bool:
        """Whether this sender wrote the same, and had two automatic letters, in a day.

        A person who reports by a form meets this as well, and a task with the reason (R-1).
        """
        sender = _sender(arrived)
        root, since = _root(sender), arrived.sighting.internal_date - _WINDOW
        book = self._h.book
        if root == sender and sender in self._senders:
            answered = self._before.get(sender, 0) + _promised(root, book.made(letters))
            if answered < _ENOUGH or sender not in self._reached:
                return False
        tx, words = book.tx, _words(arrived.mail.subject, arrived.mail.new_text)
        family = self._family(sender, root, since)
        answered = _promised(root, book.waiting(letters))
        if answered < _ENOUGH:
            answered += messages.automatic_to(tx, family, since)
        # Nobody answers before a letter reached him: who sends three forms at once is no machine.
        if answered < _ENOUGH or not messages.reached(tx, family, since):
            return False
        lately = messages.of_senders(tx, family, since, _LOOKED_AT)
        return any(_words(*one) == words for one in (*self._said[root], *lately))

    def note(self, arrived: Arrived) -> None:
        """This mail of the batch is in a case."""
        root = _root(_sender(arrived))
        self._said[root].append((arrived.mail.subject, arrived.mail.new_text))

    def _told_before(self, batch: Sequence[Arrived]) -> tuple[dict[str, int], set[str]]:
        """How many automatic letters each sender of the batch had, and whom one has reached, at
        most: since a day before the earliest of its mails. Nearly always that says enough."""
        if not batch:
            return {}, set()
        since = min(one.sighting.internal_date for one in batch) - _WINDOW
        ask = self._h.book.tx, self._senders, since
        return messages.automatic_to_each(*ask), messages.reached(*ask)

    def _family(self, sender: str, root: str, since: datetime) -> frozenset[str]:
        """This address, and those of its domain that differ in numbers or in their plus part alone.

        Some ticket systems answer each letter from an address of that ticket.
        """
        if root == sender:
            return frozenset({sender})
        domain = sender.rpartition("@")[2]
        written_to = messages.written_to(self._h.book.tx, domain, since)
        return frozenset({sender, *(one for one in written_to if _root(one) == root)})


def _promised(root: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """How many of these letters leave by themselves to an address of this root."""
    return sum(
        row["automatic"]
        and row["state"] not in messages.STAY
        and any(_root(one["address"]) == root for one in row["recipients"])
        for row in rows
    )


def _sender(arrived: Arrived) -> str:
    return arrived.mail.from_.address if arrived.mail.from_ else ""


def _root(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{_OF_A_TICKET.sub('', local)}@{domain}"


def _words(subject: str, text: str) -> str:
    return _CHANGES.sub(" ", f"{subject}\n{text}".lower())
