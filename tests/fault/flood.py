"""A flood of one sender into a real mailbox: all is kept, and nobody else notices (4.3, R-20).

python -m tests.fault.flood --mails 10000 [--seed 1] [--database sqlite|postgres]

Other people write in between and behind; two mails of the flood's time are bombs, over which the
reader hangs. Usual settings: the brakes are what is tested.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from typing import Final

from imapclient import IMAPClient

from tests.fault.collect import collect, filed
from tests.fault.costs import peak_mib
from tests.fault.customers import Customers, Written, person
from tests.fault.ground import ground, takes_database
from tests.fault.installation import Installation
from tests.fault.oracle import Facts, judge
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink

MOST_ACKNOWLEDGMENTS: Final = 5
OTHERS_SECONDS: Final = 60.0
BESIDE_BOMBS_SECONDS: Final = 30.0
CASES: Final = 21  # outbox.burst_per_hour, and the one that collects the rest
SLOW_SECONDS: Final = 30.0  # as service.children has it
_OTHERS: Final = 40  # times somebody else writes during the flood
_PATIENCE_SECONDS: Final = 900.0
# Held letters have no copy and no end on purpose, and what cannot be read is not acknowledged;
# `Outcome.faults` counts what left and to whom instead.
_NOT_HERE: Final = (
    "not exactly one acknowledgment",
    "acknowledgment never sent",
    "delivery without end",
)
_REGISTERED: Final = re.compile(r"^(\S+ \S+) \S+ mail_registered .*\buid=(\d+)\b", re.MULTILINE)
_APPENDED: Final = re.compile(rb"APPENDUID \d+ (\d+)")


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    mails: int
    facts: Facts
    seconds: float  # until all was registered
    flood_cases: int
    to_flooder: int
    others: int
    slowest: float  # registration of somebody else's mail, seconds
    beside_bombs: float  # of the mail right behind a bomb
    unanswered: int  # people without their acknowledgment
    peak_mib: int
    broken: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Everything that may not be."""
        limits = (
            ("letters to the flooder", self.to_flooder, MOST_ACKNOWLEDGMENTS),
            ("seconds until another's mail was registered", self.slowest, OTHERS_SECONDS),
            ("seconds behind a bomb", self.beside_bombs, BESIDE_BOMBS_SECONDS),
            ("others without acknowledgment", self.unanswered, 0),
        )
        found = [f"{name}: {value:g}" for name, value, most in limits if value > most]
        if self.flood_cases != CASES:
            found.append(f"the flood made {self.flood_cases} cases, not {CASES}")
        return [*self.broken, *found]

    def __str__(self) -> str:
        rate = (self.mails + self.others) / self.seconds
        return "\n".join(
            (
                f"{self.mails} mails of one sender, {self.others} of others, 2 bombs: all "
                f"registered in {self.seconds:.0f} s ({rate:.0f} a second), "
                f"peak of the main process {self.peak_mib} MiB",
                f"flood: {self.flood_cases} cases, {self.to_flooder} letters "
                f"(limit {MOST_ACKNOWLEDGMENTS})",
                f"others: slowest registration {self.slowest:.1f} s (limit {OTHERS_SECONDS:g} s), "
                f"behind a bomb {self.beside_bombs:.1f} s (limit {BESIDE_BOMBS_SECONDS:g} s), "
                f"without acknowledgment {self.unanswered}",
                *(f"VIOLATION {one}" for one in self.faults[:40]),
            )
        )


@dataclass
class Flood:
    """A service, its mailbox, and who writes into it."""

    installation: Installation
    imap_port: int
    sink: SmtpSink
    customers: Customers
    appended_at: dict[int, datetime] = field(default_factory=dict)  # by uid
    bombs: list[Written] = field(default_factory=list)
    others: list[int] = field(default_factory=list)  # uids
    behind_bombs: list[int] = field(default_factory=list)

    def run(self, mails: int) -> Outcome:
        """Flood, wait until all is registered and answered, and judge."""
        flood = self.customers.flood(mails)
        began = time.monotonic()
        with self.installation.serving() as process:
            self._append_all(flood)
            while not self._all_registered():
                if time.monotonic() - began > _PATIENCE_SECONDS:
                    break  # the judge will say what is missing
                try:
                    process.wait(0.2)
                except TimeoutExpired:
                    continue
                raise RuntimeError(f"the service ended:\n{self.installation.log.read_text()}")
            seconds = time.monotonic() - began
            peak = peak_mib(process.pid)
            self._wait_for_letters()
        return self._outcome(flood, seconds, peak)

    def _append_all(self, flood: Sequence[Written]) -> None:
        every = max(1, len(flood) // _OTHERS)
        waves = [flood[start : start + every] for start in range(0, len(flood), every)]
        bombs_at = {len(waves) // 3, len(waves) // 2}
        with IMAPClient(HOST, self.imap_port, ssl=False, timeout=60) as client:
            client.login(self.installation.mailbox, "secret")
            for number, wave in enumerate(waves):
                # In one command: one by one, Dovecot itself is the brake.
                client.multiappend("INBOX", [mail.raw for mail in wave])
                if number in bombs_at:
                    self._append(client, self._bomb(number))
                    self.behind_bombs.append(self._append_other(client))
                self._append_other(client)

    def _append_other(self, client: IMAPClient) -> int:
        (mail,) = self.customers.write((), complaints=1)[:1]
        del self.customers.written[self.customers.written.index(mail) + 1 :]
        self.others.append(uid := self._append(client, mail))
        return uid

    def _append(self, client: IMAPClient, mail: Written) -> int:
        found = _APPENDED.search(client.append("INBOX", mail.raw))
        assert found
        self.appended_at[uid := int(found[1])] = datetime.now()  # noqa: DTZ005 - as in the log
        return uid

    def _bomb(self, number: int) -> Written:
        name = f"bomb-{number}@workshop.test"
        head = f"From: {name}\r\nTo: {self.installation.mailbox}\r\nSubject: Bomb\r\n"
        raw = f"{head}Message-ID: <{name}>\r\n\r\nhang\r\n".encode()
        bomb = Written(-1, f"<{name}>", raw, ())
        self.bombs.append(bomb)
        self.customers.written.append(bomb)
        return bomb

    def _all_registered(self) -> bool:
        return {mail.sha256 for mail in self.customers.written} <= filed(self.installation.place)

    def _wait_for_letters(self) -> None:
        wanted = len(self.others)
        try:
            self.sink.wait_for(lambda _: wanted - self._answered() <= 0, 30)
        except TimeoutError:
            return  # the judge will say who has none

    def _answered(self) -> int:
        flooder = self._flooder()
        return len({to for mail in self.sink.received for to in mail.recipients if to != flooder})

    def _flooder(self) -> str:
        who = next(mail.who for mail in self.customers.written if mail.flood)
        return person(who)[1]

    def _outcome(self, flood: Sequence[Written], seconds: float, peak: int) -> Outcome:
        log = self.installation.log.read_text()
        registered = {
            int(uid): datetime.fromisoformat(when.replace(",", "."))
            for when, uid in _REGISTERED.findall(log)
        }
        took = {
            uid: (registered[uid] - self.appended_at[uid]).total_seconds()
            if uid in registered
            else _PATIENCE_SECONDS
            for uid in self.others
        }
        facts = collect(
            self.installation.place,
            self.customers.appended,
            self.sink.received,
            self.installation.errors(),
        )
        ours = {mail.sha256 for mail in flood}
        letters = [to for mail in self.sink.received for to in mail.recipients]
        people = {m.who for m in self.customers.written if not m.flood and m.who >= 0}
        return Outcome(
            mails=len(flood),
            facts=facts,
            seconds=seconds,
            flood_cases=len({one.case_id for one in facts.filed if one.sha256 in ours}),
            to_flooder=letters.count(self._flooder()),
            others=len(self.others),
            slowest=max(took.values()),
            beside_bombs=max(took[uid] for uid in self.behind_bombs),
            unanswered=max(0, len(people) - self._answered()),
            peak_mib=peak,
            broken=tuple(str(one) for one in judge(facts) if one.name not in _NOT_HERE),
        )


def run(
    folder: Path,
    url: str,
    dovecot: PrivateDovecot,
    sink: SmtpSink,
    *,
    mails: int,
    seed: int,
    slow_seconds: float = SLOW_SECONDS,
) -> Outcome:
    """One flood of so many mails."""
    user = dovecot.fresh_user()
    command = (sys.executable, "-m", "tests.fault.hostile_service", str(slow_seconds))
    installation = Installation(folder, url, user, dovecot.imap_port, sink.port, command)
    customers = Customers(user, Random(seed))
    return Flood(installation, dovecot.imap_port, sink, customers).run(mails)


def main(arguments: Sequence[str]) -> int:
    """Bring up private servers, run, print. 1 when somebody noticed the flood, or it was lost."""
    parser = argparse.ArgumentParser(prog="./run fault flood")
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    takes_database(parser)
    given = parser.parse_args(arguments)
    with ground("flood", given.database) as on:
        outcome = run(on.folder, on.url, on.dovecot, on.sink, mails=given.mails, seed=given.seed)
    sys.stdout.write(f"{outcome}\n")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
