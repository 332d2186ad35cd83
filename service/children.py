"""Mails of strangers are read in processes of their own (design.md "Children", decisions/0012).

A fast child gets a batch over one pipe and has two seconds a mail; there are two, so that one of
them has work while the other's answers are fetched. What kills it or takes longer goes to the slow
lane: a child of its own for each mail, one after the other, while the others go on. What harms that
one as well is answered for as unreadable.
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
from service.fast_lane import FastLane
from service.parenting import Harmed, Nursery
from service.reading import Reading, Unread, loaded, untold

# A mail this big is no small matter even if it is honest; the fast lane does not wait for it.
BIG: Final = 8 * 1024 * 1024
# Beyond these a mail is not tried: a flood of bombs would keep the honest slow ones for hours.
MOST_SLOW: Final = 20


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
    fast: int = 2

    def __post_init__(self) -> None:
        self._nursery = Nursery(self.understand, self.limits.idle)
        self._lanes = [FastLane(self._nursery, self.limits.idle) for _ in range(self.fast)]
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
        """Read `batch`; while its answers are registered, a fast child reads `ahead`."""
        with self._change:
            wanted = {one.sha256 for one in (*batch, *ahead)} | self._ready
            self._done = {name: done for name, done in self._done.items() if name in wanted}
            self._ready.clear()
        self._send(batch, own)
        self._send(ahead, own)
        names = {one.sha256 for one in batch}
        self._collect([lane for lane in self._lanes if lane.holds(names)], own)
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
        for lane in self._lanes:
            lane.close()
        if thread is not None:
            thread.join()
            self._nursery.close()  # the lane may have needed one once more

    # --- the fast lane

    def _send(self, mails: Sequence[Unread], own: OwnAddresses) -> None:
        """Give a lane those that nobody reads yet; where none is free, wait for all of them."""
        with self._change:
            known = self._done.keys() | self._slow
        new = {m.sha256: m for m in mails if m.sha256 not in known and not self._flies(m)}
        for mail in [one for one in new.values() if one.size > BIG]:
            self._slowly(mail, own)
            del new[mail.sha256]
        bytes_of = [(mail, loaded(mail)) for mail in new.values()]
        if not bytes_of:
            return
        if not any(lane.free for lane in self._lanes):
            self._collect(self._lanes, own)
        lane = next(one for one in self._lanes if one.free)
        lane.send([(mail, data) for mail, data in bytes_of if data is not None], own)

    def _flies(self, mail: Unread) -> bool:
        return any(lane.holds({mail.sha256}) for lane in self._lanes)

    def _collect(self, lanes: Sequence[FastLane], own: OwnAddresses) -> None:
        """Wait for what these hold; what harms a child goes to the slow lane."""
        for lane in lanes:
            for mail, found in lane.collect(own, self.limits.fast):
                if isinstance(found, Harmed):
                    journal.warn("mail_read_slowly", mail=mail.sha256[:12], reason=str(found))
                    self._slowly(mail, own)
                else:
                    with self._change:
                        self._done[mail.sha256] = found

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
