"""The daemon: it waits, and calls what happens. The last wall: nothing that fails in one round
ends the service, and every fault is told."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler

from cases.answers import prepare
from cases.errors import AmendsError, TryLater
from config.errors import ConfigError
from config.settings import Mailbox
from mailer.carry import Carrier, MayEnd, Outcome, always
from service import journal
from service.comparing import compare_all
from service.delivering import deliver_due, find_adrift
from service.holdings import RENEW_SECONDS, Holdings
from service.keeping_watch import keep_watch
from service.lookout import sweeps
from service.old_mail import settle_all
from service.reconciling import look_after_left
from service.recounting import keep_reckoned
from service.registrar import register_waiting
from service.rereading import Rereading
from service.roles import EVERY_NODE, ROLES
from service.sealing import seal_yesterday
from service.telling_in_time import tell_in_time
from service.watching import Watch
from service.way_out import carrier
from service.wiring import Wiring
from service.writing import compose_promised
from storage import ledger, outbox
from storage.listening import Listener

_SWEEP_SECONDS: Final = 15
_RECONCILE_SECONDS: Final = 3600
_PAUSE_AFTER_FAULT: Final = 5.0
_LISTEN_SECONDS: Final = 2.0  # so soon it notices that it must stop
_STOP_SECONDS: Final = 20.0
# Another node may be writing the younger ones.
_HALVES_ARE_KEPT: Final = timedelta(days=1)


@contextmanager
def alone(w: Wiring) -> Iterator[None]:
    """Be the daemon of this database; on SQLite the only one, so that old claims are void."""
    with w.db.only_daemon():
        with w.db.write() as tx:
            if w.db.is_sqlite:
                outbox.forget_leases(tx)
            ledger.try_again(tx)
        w.evidence.sweep_spool(w.now() - _HALVES_ARE_KEPT)
        yield


@dataclass(frozen=True, slots=True)
class Fault:
    """What one pass could not reach, in one line."""

    what: str
    exit_code: int

    def __str__(self) -> str:
        return self.what


def serve_once(w: Wiring) -> tuple[Fault, ...]:
    """One pass over mailboxes, clocks and outbox. Return what could not be reached, in one line
    each; all else was done all the same."""
    faults: list[Fault] = []
    with alone(w):
        again = Rereading(w)
        again.begin()
        for mailbox in w.settings.mailbox:
            try:
                Watch(w, mailbox).look()
            except AmendsError as error:
                faults.append(Fault(f"mailbox {mailbox.name}: {error}", error.exit_code))
        while register_waiting(w) or w.reader.wait():
            pass
        settle_all(w)
        again.all()
        keep_reckoned(w)
        tell_in_time(w)
        look_after_left(w)
        faults += asyncio.run(_drain(w, carrier(w)))
        compare_all(w)
        seal_yesterday(w)
    return tuple(faults)


async def _drain(w: Wiring, out: Carrier) -> list[Fault]:
    """Compose and carry until nothing is due now."""
    told: list[Fault] = []
    delivered = 1
    while delivered:
        # Each time: what a dead node left must not wait until a long queue is empty.
        find_adrift(w)
        while compose_promised(w):
            pass
        delivered = await deliver_due(w, _Telling(out, told))
        w.vital.beat("outbox")
    return list(dict.fromkeys(told))


@dataclass(frozen=True, slots=True)
class _Telling:
    """A carrier that also remembers why the way out is closed."""

    out: Carrier
    told: list[Fault]

    async def carry(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        may_end: MayEnd = always,
        own_copy: str | None = None,
    ) -> Outcome:
        outcome = await self.out.carry(sender, recipient, data, may_end, own_copy)
        if outcome.state == "blocked":
            self.told.append(Fault(f"outbox: {outcome.text}", ConfigError.exit_code))
        elif outcome.state == "deferred" and outcome.code is None:  # nobody answered
            self.told.append(Fault(f"outbox: {outcome.text}", TryLater.exit_code))
        return outcome


@dataclass(slots=True)
class Daemon:
    """The running service: a thread a mailbox, one registrar, one event loop for the outbox."""

    w: Wiring
    roles: frozenset[str] = ROLES
    stopping: threading.Event = field(default_factory=threading.Event)
    mail_waits: threading.Event = field(default_factory=threading.Event)
    letters_wait: threading.Event = field(default_factory=threading.Event)
    told: dict[tuple[object, ...], str] = field(default_factory=dict)
    boxes: Sequence[Mailbox] = field(init=False)
    holdings: Holdings = field(init=False)

    def __post_init__(self) -> None:
        """A node without the role intake watches no mailbox."""
        self.boxes = self.w.settings.mailbox if "intake" in self.roles else []
        self.holdings = Holdings(self.w, [box.name for box in self.boxes])

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT. `ready` is called when every part runs."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.w.reader.wake(self.mail_waits.set)
        with alone(self.w):
            wake = self.mail_waits.set
            watches = [Watch(self.w, box, noticed=wake) for box in self.boxes]
            self._guarded("holdings", self.holdings.renew)
            self.w.vital.mailboxes.update((watch.mailbox.name, watch.state) for watch in watches)
            threads = [_thread(f"mailbox-{x.mailbox.name}", self._watch, x) for x in watches]
            threads += [_thread(name, work) for name, work in self._loops()]
            scheduler = self._scheduler(watches)
            ready()
            self.stopping.wait()
            journal.say("stopping")
            for watch in watches:
                watch.wake()
            scheduler.shutdown(wait=True)
            for event in (self.mail_waits, self.letters_wait):
                event.set()
            deadline = time.monotonic() + _STOP_SECONDS
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            self._guarded("holdings", self.holdings.give_back)

    def _loops(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """The threads of this node's roles."""
        if "intake" in self.roles:
            yield "registrar", self._register
        if "outbox" in self.roles:
            yield "outbox", self._outbox
            if not self.w.db.is_sqlite:
                yield "listener", self._listen

    def _scheduler(self, watches: list[Watch]) -> BackgroundScheduler:
        """APScheduler only wakes sweeps; what is due stands in the database."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        jobs: tuple[tuple[str, Callable[[], object], int], ...] = (
            ("clocks", self._strike, _SWEEP_SECONDS),
            ("outbox", self._look_after_left, _SWEEP_SECONDS),
            ("outbox", self.letters_wait.set, _SWEEP_SECONDS),
            ("intake", self.mail_waits.set, _SWEEP_SECONDS),  # what a dead node left
            ("intake", partial(self._guarded, "holdings", self.holdings.renew), RENEW_SECONDS),
            *(
                (role, partial(self._guarded, part, act), every)
                for role, part, act, every in sweeps(self.w, carrier(self.w))
            ),
            *(("intake", watch.compare_all, _RECONCILE_SECONDS) for watch in watches),
        )
        for role, job, seconds in jobs:
            if role in self.roles or role == EVERY_NODE:
                scheduler.add_job(job, "interval", seconds=seconds)
        scheduler.start()
        return scheduler

    def _watch(self, watch: Watch) -> None:
        guarded = partial(self._guarded, "mailbox", mailbox=watch.mailbox.name)
        keep_watch(watch, self.stopping, guarded, self.holdings)

    def _register(self) -> None:
        prepare()  # the grammar of answers takes half a second: not in the first mail's transaction
        again = Rereading(self.w)
        self._guarded("registrar", again.begin)
        self.mail_waits.set()
        while not self.stopping.is_set():
            self.mail_waits.wait()
            self.mail_waits.clear()
            passing = self._guarded("registrar", partial(self._register_all, again))
            self.letters_wait.set()
            if passing is not None:
                self.stopping.wait(_PAUSE_AFTER_FAULT)
                self.mail_waits.set()

    def _register_all(self, again: Rereading) -> None:
        while not self.stopping.is_set() and (
            register_waiting(self.w, self.holdings.elsewhere) or again.next()
        ):
            self.w.vital.beat("registrar")
            self.letters_wait.set()
        settle_all(self.w)

    def _outbox(self) -> None:
        out = carrier(self.w)
        while not self.stopping.is_set():
            self.letters_wait.wait(_SWEEP_SECONDS)
            self.letters_wait.clear()
            self._guarded("outbox", lambda: asyncio.run(_drain(self.w, out)))

    def _listen(self) -> None:
        """Letters of other nodes leave at once; without this the next sweep finds them."""
        listener = Listener(self.w.db)

        def listen() -> None:
            if listener.heard(_LISTEN_SECONDS):
                self.letters_wait.set()

        while not self.stopping.is_set():
            if self._guarded("listener", listen) is not None:
                self.stopping.wait(_PAUSE_AFTER_FAULT)
        listener.close()

    def _look_after_left(self) -> None:
        self._guarded("reconciling", lambda: look_after_left(self.w))

    def _strike(self) -> None:
        # First: what a calendar of yesterday says must not strike. A look, when nothing changed.
        self._guarded("calendars", lambda: keep_reckoned(self.w))
        self._guarded("clocks", lambda: tell_in_time(self.w))

    def _guarded(self, part: str, act: Callable[[], object], **facts: object) -> bool | None:
        """Do it; after a fault say once what is waited for, and return whether it may pass."""
        try:
            with self.w.vital.busy(part):
                act()
        except TryLater as error:
            self._tell(part, f"{part}_waits", str(error), facts)
            return True
        except AmendsError as error:
            self._tell(part, f"{part}_needs_mending", str(error), facts)
            return False
        except Exception as error:  # noqa: BLE001 - the last wall: one fault must not end the service
            journal.fault(f"{part}_failed", error, **facts)
            return True
        if self.told.pop((part, *facts.values()), None) is not None:
            journal.say(f"{part}_goes_on", **facts)
        return None

    def _tell(self, part: str, event: str, reason: str, facts: dict[str, object]) -> None:
        """Once, not every few seconds of a night without the server."""
        key = (part, *facts.values())
        if self.told.get(key) != reason:
            self.told[key] = reason
            journal.warn(event, reason=reason, **facts)


def _thread(name: str, work: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, name=name, daemon=True)
    thread.start()
    return thread
