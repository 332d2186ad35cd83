"""Hurts the connections of the real service at random bytes, and counts what was lost or stuck.

python -m tests.fault.cuts --n 500 --seed 1 [--database sqlite|postgres]

A proxy stands before a real Dovecot, another before the SMTP server: they reset and end
connections, fall silent, and dawdle. A seed repeats the mails and the plan of the hurts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from typing import Final

from imapclient import IMAPClient

from tests.fault.collect import collect, filed, is_quiet
from tests.fault.costs import cpu_seconds
from tests.fault.customers import Customers, Written
from tests.fault.ground import ground, takes_database
from tests.fault.installation import Installation, More
from tests.fault.oracle import Facts, Violation, judge
from tests.fault.stuck import BACKOFF, MOST_STUCK, Outcome, Progress, Trouble
from tests.servers.cutting_proxy import CuttingProxy, Hurt, Kind, Towards
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink

HASTY: Final = (sys.executable, "-m", "tests.fault.hasty")
# Seconds. A silent link is noticed by the next look and its answer that does not come.
_TIMEOUT: Final = 1
_QUIET_SECONDS: Final = 120.0
_MOST_WAITING: Final = 40  # mails; more would only wait for each other
_STEP: Final = 0.02
_BETWEEN_MAILS: Final = 0.2
_HUGE_EVERY: Final = 100  # hurts of IMAP
_STRETCHES: Final = 3  # of a trouble, each with its CPU
_LATEST: Final = 0.6  # seconds: then a connection is hurt on which little happens
_KINDS: Final = {Kind.RESET: 45, Kind.END: 40, Kind.SILENCE: 5, Kind.SLOW: 10}

MORE: Final = More(
    mailbox=f"timeout_seconds = {_TIMEOUT}\nbackoff_seconds = 0.02\n"
    f"backoff_max_seconds = {BACKOFF}\n",
    smtp=f"timeout_seconds = {_TIMEOUT}\n",
    # Everybody writes at once here; what brakes such crowds has its own tests.
    outbox="".join(
        f"{name} = 100000\n"
        for name in (
            "address_per_day",
            "domain_per_hour",
            "all_per_hour",
            "promises_per_hour",
            "promises_per_day",
            "burst_per_hour",
        )
    ),
)


# --- what is done to connections


@dataclass(frozen=True)
class Plan:
    """Which hurt the next connection gets, if any. `most`: bytes that go towards each side."""

    dice: Random
    share: float
    most: Mapping[Towards, tuple[int, ...]]

    def __call__(self) -> Hurt | None:
        if self.dice.random() >= self.share:
            return None
        (kind,) = self.dice.choices(list(_KINDS), list(_KINDS.values()))
        towards = self.dice.choice(list(Towards))
        # Small and large alike: a log-in, a mail and a picture are of very different sizes.
        after = self.dice.randrange(self.dice.choice(self.most[towards]))
        return Hurt(kind, towards, after, within=self.dice.uniform(0.02, _LATEST))


IMAP_BYTES: Final = {
    Towards.SERVER: (100, 300, 2000),
    Towards.CLIENT: (100, 1000, 8000, 100_000, 5_000_000),
}
SMTP_BYTES: Final = {Towards.SERVER: (200, 9000, 9000), Towards.CLIENT: (50, 400, 400)}


# --- the run


@dataclass
class Run:
    """One service behind two proxies."""

    installation: Installation
    dovecot: PrivateDovecot
    sink: SmtpSink
    imap: CuttingProxy
    smtp: CuttingProxy
    customers: Customers
    trouble_seconds: float
    troubles: list[Trouble] = field(default_factory=list)
    hurts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def go(self, n: int, seed: int) -> Outcome:
        """Until `n` connections were hurt; then both servers are away; then all comes to rest."""
        began = time.monotonic()
        with self.installation.serving() as process:
            self._alive: Callable[[float], object] = process.wait
            self._group = process.pid
            self.progress = Progress(self.installation.log)
            self._hurt(n)
            self._count_hurts()
            self.progress.rest()
            for what in (CuttingProxy.down, CuttingProxy.fall_silent):
                self._away(what)
            self.imap.heal()
            self.smtp.heal()
            at_rest = self._come_to_rest()
            percent = 100 * cpu_seconds(process.pid) / (time.monotonic() - began)
        return self._outcome(seed, at_rest, percent, time.monotonic() - began)

    def _hurt(self, n: int) -> None:
        huge = 0
        with IMAPClient(HOST, self.dovecot.imap_port, ssl=False, timeout=30) as client:
            client.login(self.installation.mailbox, "secret")
            # Half of them on either way: IMAP keeps one connection, SMTP has one for each mail.
            while len(self.imap.done) < n // 2 or len(self.smtp.done) < n // 2:
                if len(self.smtp.done) >= n // 2:
                    self.smtp.heal()
                if self.progress.stands() > 2 * MOST_STUCK:
                    raise RuntimeError(f"nothing goes on:\n{self.installation.log.read_text()}")
                if len(self.customers.written) - self.progress.registered < _MOST_WAITING:
                    self._append(client, self.customers.write(self.sink.received))
                if len(self.imap.done) >= huge * _HUGE_EVERY:
                    huge += 1
                    self._append(client, [self.customers.large(huge=True)])
                self._watch(_BETWEEN_MAILS)

    def _count_hurts(self) -> None:
        self.hurts.update(
            (server, one.hurt.kind.value, one.hurt.towards.value)
            for server, proxy in (("IMAP", self.imap), ("SMTP", self.smtp))
            for one in proxy.done
        )

    def _append(self, client: IMAPClient, mails: Sequence[Written]) -> None:
        for mail in mails:
            client.append("INBOX", mail.raw, mail.flags)
        self.progress.waits()

    def _away(self, how: Callable[[CuttingProxy], None]) -> None:
        """Both servers are away in this way, while mails wait.

        Its CPU is that of the quietest stretch: what was in hand when they went is done first,
        and a busy loop takes all of every stretch.
        """
        before, began = self.imap.accepted, time.monotonic()
        how(self.imap)
        how(self.smtp)
        percent = min(self._percent(self.trouble_seconds) for _ in range(_STRETCHES))
        seconds = time.monotonic() - began
        attempts = self.imap.accepted - before
        self.troubles.append(
            Trouble(f"servers {how.__name__.replace('_', ' ')}", seconds, attempts, percent)
        )

    def _percent(self, seconds: float) -> float:
        """Of a core, by all processes for so long."""
        began, before = time.monotonic(), cpu_seconds(self._group)
        self._watch(seconds)
        return 100 * (cpu_seconds(self._group) - before) / (time.monotonic() - began)

    def _come_to_rest(self) -> float:
        began = time.monotonic()
        self.progress.waits()
        wanted = {mail.sha256 for mail in self.customers.written}
        place = self.installation.place
        while time.monotonic() - began < _QUIET_SECONDS:
            self._watch(0.3)
            if is_quiet(place) and wanted <= filed(place):
                break
            self.progress.waits()
        self.progress.rest()
        return time.monotonic() - began

    def _watch(self, seconds: float) -> None:
        """Look for progress for so long. RuntimeError: the service ended by itself."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._alive(min(_STEP, left))
            except TimeoutExpired:
                self.progress.look()
            else:
                raise RuntimeError(f"the service ended:\n{self.installation.log.read_text()}")

    def _outcome(self, seed: int, at_rest: float, percent: float, seconds: float) -> Outcome:
        facts = collect(
            self.installation.place,
            self.customers.appended,
            self.sink.received,
            self.installation.errors(),
        )
        handed_over = {copy.letter_id for copy in facts.copies if copy.by_hand}
        return Outcome(
            seed=seed,
            mails=len(self.customers.written),
            facts=facts,
            hurts=self.hurts,
            by_hand=len(handed_over),
            violations=tuple(_unforgiven(facts, handed_over)),
            stuck=self.progress.longest,
            unnoticed=max(one.unnoticed(Kind.SILENCE) for one in (self.imap, self.smtp)),
            back=self.imap.unnoticed(Kind.RESET, Kind.END),
            at_rest=at_rest,
            troubles=tuple(self.troubles),
            percent=percent,
            seconds=seconds,
        )


def _unforgiven(facts: Facts, handed_over: set[int]) -> Iterator[Violation]:
    """All but this: nobody knows whether a letter arrived whose connection was cut twice behind
    its end, and a person is asked to decide (reliability.md 6 B)."""
    for one in judge(facts):
        known = any(one.where.startswith(f"letter {letter} ") for letter in handed_over)
        if not (known and one.name == "acknowledgment never sent"):
            yield one


def run(
    folder: Path,
    url: str,
    dovecot: PrivateDovecot,
    sink: SmtpSink,
    *,
    n: int,
    seed: int,
    trouble_seconds: float = 4.0,
) -> Outcome:
    """Hurt `n` connections, and ask the oracle."""
    with (
        CuttingProxy(dovecot.imap_port, Plan(Random(f"{seed} imap"), 1.0, IMAP_BYTES)) as imap,
        CuttingProxy(sink.port, Plan(Random(f"{seed} smtp"), 0.7, SMTP_BYTES)) as smtp,
    ):
        user = dovecot.fresh_user()
        installation = Installation(folder, url, user, imap.port, smtp.port, HASTY, MORE)
        customers = Customers(user, Random(seed))
        one = Run(installation, dovecot, sink, imap, smtp, customers, trouble_seconds)
        return one.go(n, seed)


def main(arguments: Sequence[str]) -> int:
    """Bring up private servers, run, print. 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="./run fault cuts")
    parser.add_argument("--n", type=int, default=500, help="how many connections are hurt")
    parser.add_argument("--seed", type=int, default=1)
    takes_database(parser)
    given = parser.parse_args(arguments)
    with ground("cuts", given.database) as on:
        outcome = run(on.folder, on.url, on.dovecot, on.sink, n=given.n, seed=given.seed)
    sys.stdout.write(f"{outcome}\n")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
