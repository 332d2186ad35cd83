"""Mails of strangers are read in processes of their own (design.md "Children", decisions/0012).

The fast child gets a batch over one pipe and has two seconds a mail. What kills it or takes longer
goes to the slow lane: a child of its own for each mail, one after the other, while the others go
on. What harms that one as well is answered for as unreadable.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cases.errors import TryLater
from intake.kinds.screen import OwnAddresses
from service import journal
from service.parenting import Child, Harmed, Nursery
from service.reading import Reading, Unread, loaded, untold

# A mail this big is no small matter even if it is honest; the fast lane does not wait for it.
BIG: Final = 8 * 1024 * 1024
# Beyond these a mail is not tried: a flood of bombs would keep the honest slow ones for hours.
MOST_SLOW: Final = 20
# Each bomb of a batch halves the patience with the next: 24 of them must not cost 48 seconds.
_LEAST_PATIENCE: Final = 0.25
_MOST_MAILS: Final = 2000


class _NotTheMail(Exception):
    """The nursery ended, and the child with it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for a mail of a batch, for one alone; without any work until they end."""

    fast: float = 2.0
    slow: float = 30.0
    idle: float = 300.0


@dataclass
class Children:
    """Reads mails in child processes. One thread asks (the registrar).

    `understand` names the function that a child calls, so that tests can give a worse one.
    """

    understand: str = "service.reading:understand"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._nursery = Nursery(self.understand, self.limits.idle)
        self._fast: Child | None = None
        self._flying: dict[str, tuple[Unread, bytes]] = {}  # with the fast child, in order
        self._done: dict[str, Reading] = {}
        self._slow: dict[str, tuple[Unread, OwnAddresses]] = {}
        self._ready: set[str] = set()  # came out of the slow lane since the last question
        self._news = False
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._tell: Callable[[], object] = lambda: None

    def read(
        self, batch: Sequence[Unread], ahead: Sequence[Unread], own: OwnAddresses
    ) -> list[Reading | None]:
        """Read `batch`; while its answers are registered, the fast child reads `ahead`."""
        with self._change:
            wanted = {one.sha256 for one in (*batch, *ahead)} | self._ready
            self._done = {name: done for name, done in self._done.items() if name in wanted}
            self._ready.clear()
        self._collect(own)
        self._send(batch, own)
        self._collect(own)
        self._send(ahead, own)
        with self._change:
            return [self._done.get(one.sha256) for one in batch]

    def busy(self) -> frozenset[str]:
        """The mails of the slow lane that are not ready yet."""
        with self._change:
            return frozenset(self._slow)

    def wait(self) -> bool:
        """Wait for the slow lane. False: it is empty, and nothing came out of it."""
        with self._change:
            self._change.wait_for(lambda: self._news or not self._slow)
            news, self._news = self._news, False
            return news

    def wake(self, call: Callable[[], object]) -> None:
        """Call this when a mail comes out of the slow lane."""
        self._tell = call

    def close(self) -> None:
        """End all processes; what they were reading is read anew when it is asked for again."""
        with self._change:
            self._slow.clear()
            thread = self._thread
        self._nursery.close()
        if self._fast is not None:
            self._fast.pipe.close()
            self._fast = None
        self._flying.clear()
        if thread is not None:
            thread.join()
            self._nursery.close()  # the lane may have needed one once more

    # --- the fast lane

    def _send(self, mails: Sequence[Unread], own: OwnAddresses) -> None:
        with self._change:
            new = {m.sha256: m for m in mails if m.sha256 not in (self._done.keys() | self._slow)}
        for mail in [one for one in new.values() if one.size > BIG]:
            self._slowly(mail, own)
        bytes_of = [(mail, loaded(mail)) for mail in new.values() if mail.size <= BIG]
        self._flying = {mail.sha256: (mail, data) for mail, data in bytes_of if data is not None}
        if self._flying:
            self._give(own)

    def _give(self, own: OwnAddresses) -> None:
        if self._fast and self._worn(self._fast):
            self._end_fast()
        for _ in range(2):
            if self._fast is None:
                self._fast = self._nursery.bear()
            mails = [(name, data) for name, (_, data) in self._flying.items()]
            try:
                self._fast.give(mails, own, head=False)
            except Harmed:  # no mail was looked at before all were there
                self._end_fast()
            else:
                return
        raise TryLater("the process that reads mails takes none", mend="see the log")

    def _collect(self, own: OwnAddresses) -> None:
        """Wait for what the fast child was given; what harms it goes to the slow lane."""
        patience = self.limits.fast
        while self._flying:
            name = next(iter(self._flying))
            try:
                if self._fast is None:  # the nursery was closed, or could not bear another
                    self._give(own)
                    assert self._fast
                reading = self._fast.answer(patience)
            except Harmed as harm:
                self._end_fast()
                mail, _ = self._flying.pop(name)
                journal.warn("mail_read_slowly", mail=name[:12], reason=str(harm))
                self._slowly(mail, own)
                patience = max(_LEAST_PATIENCE, patience / 2)
            else:
                del self._flying[name]
                with self._change:
                    self._done[name] = reading

    def _worn(self, child: Child) -> bool:
        """It may be about to end for want of work, or has seen enough mails to be bloated."""
        idle = time.monotonic() - child.used
        return idle > self.limits.idle / 2 or child.given > _MOST_MAILS

    def _end_fast(self) -> None:
        child, self._fast = self._fast, None
        if child is not None:
            self._nursery.bury(child)

    # --- the slow lane

    def _slowly(self, mail: Unread, own: OwnAddresses) -> None:
        with self._change:
            bombs = [one for one, _ in self._slow.values() if one.size <= BIG]
            if mail.size <= BIG and len(bombs) >= MOST_SLOW:
                why = "the mail cannot be read at once, and too many such mails wait"
                self._done[mail.sha256] = untold(mail.sha256, mail.size, why)
                return
            self._slow[mail.sha256] = (mail, own)
            if self._thread is None:
                self._thread = threading.Thread(target=self._slow_lane, name="slow-lane")
                self._thread.daemon = True
                self._thread.start()

    def _slow_lane(self) -> None:
        while True:
            with self._change:
                if not self._slow:
                    self._thread = None
                    self._change.notify_all()
                    return
                name, (mail, own) = next(iter(self._slow.items()))
            reading = self._read_slowly(mail, own)
            with self._change:
                if self._slow.pop(name, None) and reading is not None:
                    self._done[name] = reading
                    self._ready.add(name)
                    self._news = True
                self._change.notify_all()
            self._tell()

    def _read_slowly(self, mail: Unread, own: OwnAddresses) -> Reading | None:
        """None: not the mail is at fault, and it is tried again."""
        began = time.monotonic()
        try:
            data = loaded(mail)
            return None if data is None else self._whole_or_head(mail, data, own)
        except TryLater as error:
            journal.warn("mail_not_read", mail=mail.sha256[:12], reason=str(error))
            return None
        except Exception as error:  # noqa: BLE001 - the lane must go on for the mails behind
            journal.fault("mail_not_read", error, mail=mail.sha256[:12])
            return None
        finally:
            seconds = f"{time.monotonic() - began:.1f}"
            journal.say("slow_lane", mail=mail.sha256[:12], seconds=seconds)

    def _whole_or_head(self, mail: Unread, data: bytes, own: OwnAddresses) -> Reading | None:
        reason = ""
        for _ in range(2):
            try:
                return self._alone(mail, data, own, self.limits.slow, head=False)
            except Harmed as harm:
                reason = f"the mail cannot be read: its reader {harm}"
                break
            except _NotTheMail:  # somebody ended the nursery, or closed us
                if mail.sha256 not in self.busy():
                    return None
                reason = "the mail cannot be read: its reader was ended"
        nothing = untold(mail.sha256, mail.size, reason)
        try:
            head = self._alone(mail, data, own, self.limits.fast, head=True).mail
        except (Harmed, _NotTheMail):
            return nothing
        return replace(nothing, mail=replace(head, defects=("unreadable", reason)))

    def _alone(
        self, mail: Unread, data: bytes, own: OwnAddresses, seconds: float, *, head: bool
    ) -> Reading:
        """Read it in a child of its own. Harmed, _NotTheMail."""
        child = self._nursery.bear()
        harm: Exception | None = None
        reading: Reading | None = None
        try:
            child.give([(mail.sha256, data)], own, head=head)
            reading = child.answer(seconds)
        except Harmed as error:
            harm = error
        there = self._nursery.bury(child)
        if reading is not None:
            return reading
        raise (there and harm) or _NotTheMail
