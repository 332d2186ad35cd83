"""The fast lane: one child that is given a batch over its pipe and answers mail by mail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from cases.errors import TryLater
from intake.kinds.screen import OwnAddresses
from service.parenting import Child, Harmed, Nursery
from service.reading import Reading, Unread

Loaded = tuple[Unread, bytes]

# Each bomb of a batch halves the patience with the next: 24 of them must not cost 48 seconds.
_LEAST_PATIENCE: Final = 0.25
_MOST_MAILS: Final = 2000


class FastLane:
    """Holds at most one batch. One thread asks (the registrar)."""

    def __init__(self, nursery: Nursery, idle: float) -> None:
        self._nursery = nursery
        self._idle = idle
        self._child: Child | None = None
        self._flying: dict[str, Loaded] = {}  # with the child, in order

    def holds(self, names: set[str]) -> bool:
        """Whether one of these mails is with the child."""
        return not names.isdisjoint(self._flying)

    @property
    def free(self) -> bool:
        """Whether it holds nothing."""
        return not self._flying

    def send(self, mails: Sequence[Loaded], own: OwnAddresses) -> None:
        """Give the child a batch; only where the lane is free. TryLater."""
        self._flying = {mail.sha256: (mail, data) for mail, data in mails}
        if self._flying:
            self._give(own)

    def collect(
        self, own: OwnAddresses, seconds: float
    ) -> Iterator[tuple[Unread, Reading | Harmed]]:
        """What becomes of each mail that the child was given, after `seconds` at most. TryLater."""
        patience = seconds
        while self._flying:
            name = next(iter(self._flying))
            try:
                if self._child is None:  # the nursery was closed, or could not bear another
                    self._give(own)
                    assert self._child
                reading = self._child.answer(patience)
            except Harmed as harm:
                self._end()
                patience = max(_LEAST_PATIENCE, patience / 2)
                yield self._flying.pop(name)[0], harm
            else:
                yield self._flying.pop(name)[0], reading

    def close(self) -> None:
        """Forget the child: its nursery was closed."""
        if self._child is not None:
            self._child.pipe.close()
            self._child = None
        self._flying.clear()

    def _give(self, own: OwnAddresses) -> None:
        if self._child and self._worn(self._child):
            self._end()
        for _ in range(2):
            if self._child is None:
                self._child = self._nursery.bear()
            mails = [(name, data) for name, (_, data) in self._flying.items()]
            try:
                self._child.give(mails, own, head=False)
            except Harmed:  # no mail was looked at before all were there
                self._end()
            else:
                return
        raise TryLater("the process that reads mails takes none", mend="see the log")

    def _worn(self, child: Child) -> bool:
        """It may be about to end for want of work, or has seen enough mails to be bloated."""
        idle = time.monotonic() - child.used
        return idle > self._idle / 2 or child.given > _MOST_MAILS

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._nursery.bury(child)
