"""Kills, stops and continues the nodes of one installation, and counts what was lost (P2).

python -m tests.fault.nodes --n 100 --nodes 2 --seed 1 [--variant no-fence]

Real Dovecot, PostgreSQL and SMTP; every node watches the same mailbox. A stop (SIGSTOP) lasts
longer than any lease. A seed repeats the mails and the faults, not what the nodes were doing then.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias, get_args

from imapclient import IMAPClient

from storage.database import Database
from tests.fault import audit, claims
from tests.fault.claims import Record
from tests.fault.cluster import LEASE_SECONDS, Cluster, Life, SlowSink, wait_for
from tests.fault.collect import collect, is_quiet
from tests.fault.customers import Customers
from tests.fault.daemons import Preloaded, left_over
from tests.fault.oracle import Appended, Facts, Violation, judge, repeats
from tests.fault.wrong_nodes import VARIANTS
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST

# "sending": while it sends. A node that is stopped and killed never writes again.
Fault: TypeAlias = Literal["kill", "stop", "stop sending", "stop and kill"]
_SHARES: Final[dict[Fault, int]] = {"kill": 4, "stop": 2, "stop sending": 3, "stop and kill": 1}
_PAUSE: Final = 1.5  # seconds, at most, between two faults
_LONGER: Final = 2.0  # seconds, at most, by which a stop outlasts the lease
_SENDS_SECONDS: Final = 8.0  # in which a node should send something
_QUIET_SECONDS: Final = 120.0
_MOST_SHOWN: Final = 40
_TOLD_EVERY: Final = 10


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    seed: int
    nodes: int
    faults: Counter[Fault]
    facts: Facts
    record: Record
    rejected: int  # outcomes that a node did not write, for its claim was over
    cut_off: int  # transactions that PostgreSQL ended, for their node said nothing
    ended_badly: tuple[str, ...]
    seconds: float

    @property
    def violations(self) -> tuple[Violation, ...]:
        badly = (Violation("node ended badly", one) for one in self.ended_badly)
        return (*judge(self.facts), *claims.judge(self.record), *badly)

    def __str__(self) -> str:
        facts, broken = self.facts, Counter(one.name for one in self.violations)
        faults = ", ".join(f"{name} {self.faults[name]}" for name in get_args(Fault))
        granted = sum(one.grants for one in self.record.written)
        return "\n".join(
            (
                f"seed {self.seed}: {self.nodes} nodes, {self.faults.total()} faults ({faults}), "
                f"{len(facts.appended)} mails, {len(facts.cases)} cases, {self.seconds:.0f} s",
                f"lost {broken['mail lost']}, double {broken['mail registered twice']}, "
                f"acknowledgments missing {broken['acknowledgment never sent']}, "
                f"letters repeated {repeats(facts)}",
                f"claims {granted}, taken over {claims.takeovers(self.record)}, "
                f"outcomes of outdated nodes rejected {self.rejected}, "
                f"transactions of stopped nodes ended {self.cut_off}",
                *(f"VIOLATION {violation}" for violation in self.violations[:_MOST_SHOWN]),
                *(f"BROKEN {name}: {count} times" for name, count in sorted(broken.items())),
            )
        )


@dataclass
class Run:
    """A run that goes on."""

    cluster: Cluster
    sink: SlowSink
    postgres: PrivatePostgres
    seed: int

    def play(self, faults: Sequence[Fault], nodes: int, *, tell: bool = False) -> Outcome:
        """Do all of this to the nodes, let them come to rest, and gather what the judges ask."""
        began, dice = time.monotonic(), Random(self.seed)
        cut_off = self._cut_off()  # by earlier runs on the same server
        customers = Customers(self.cluster.mailbox, Random(self.seed))
        _make_schema(self.cluster.database_url)
        audit.begin(self.cluster.database_url)
        try:
            self.cluster.start(nodes)
            with _mailbox(self.cluster) as box:
                for place, fault in enumerate(faults, start=1):
                    for mail in customers.write(self.sink.received, complaints=1):
                        box.append("INBOX", mail.raw, mail.flags)
                    self._strike(fault, dice)
                    if tell and place % _TOLD_EVERY == 0:
                        _say(f"{place} of {len(faults)}, {time.monotonic() - began:.0f} s")
            self._come_to_rest(customers.appended)
            ended_badly = self.cluster.close()
        finally:
            self.cluster.abort()
        outcome = self._outcome(Counter(faults), nodes, customers, ended_badly, began)
        return replace(outcome, cut_off=outcome.cut_off - cut_off)

    def _cut_off(self) -> int:
        return self.postgres.log().count("due to idle-in-transaction timeout")

    def _strike(self, fault: Fault, dice: Random) -> None:
        self._pass(dice.random() * _PAUSE)
        while not self.cluster.running():
            self._pass(0.1)
        life = dice.choice(self.cluster.running())
        if fault == "kill":
            self.cluster.kill(life)
            return
        if fault == "stop sending":
            life = self._who_sends() or life
        longer = LEASE_SECONDS + dice.random() * _LONGER
        life.stop(longer, dies=fault == "stop and kill")

    def _pass(self, seconds: float) -> None:
        time.sleep(seconds)
        self.cluster.wake()

    def _who_sends(self) -> Life | None:
        """One that is between its dial and the answer, as soon as there is one."""
        running, found = {one.name: one for one in self.cluster.running()}, set[str]()

        def somebody_sends() -> bool:
            found.update(audit.sending(self.cluster.database_url) & running.keys())
            return bool(found)

        wait_for(somebody_sends, _SENDS_SECONDS, every=0.02)
        return running[min(found)] if found else None

    def _come_to_rest(self, appended: Sequence[Appended]) -> None:
        while self.cluster.wake() or len(self.cluster.running()) < len(self.cluster.lives):
            time.sleep(0.1)
        url, wanted = self.cluster.database_url, {mail.sha256 for mail in appended}
        wait_for(lambda: wanted <= audit.filed(url), _QUIET_SECONDS)
        wait_for(lambda: is_quiet(self.cluster.place), _QUIET_SECONDS)

    def _outcome(
        self,
        faults: Counter[Fault],
        nodes: int,
        customers: Customers,
        ended_badly: list[str],
        began: float,
    ) -> Outcome:
        cluster = self.cluster
        facts = collect(cluster.place, customers.appended, self.sink.received, cluster.errors())
        return Outcome(
            self.seed,
            nodes,
            faults,
            replace(facts, left_over=tuple(left_over(cluster.orphaned))),
            audit.read(cluster.database_url),
            cluster.said("lease_lost"),
            self._cut_off(),
            tuple(ended_badly),
            time.monotonic() - began,
        )


def faults_of(n: int, dice: Random) -> list[Fault]:
    """`n` faults in their shares, in no order."""
    return dice.choices(list(_SHARES), list(_SHARES.values()), k=n)


def _make_schema(url: str) -> None:
    database = Database(url)
    try:
        database.upgrade()
    finally:
        database.close()


@contextmanager
def _mailbox(cluster: Cluster) -> Iterator[IMAPClient]:
    with IMAPClient(HOST, cluster.imap_port, ssl=False, timeout=30) as client:
        client.login(cluster.mailbox, "secret")
        yield client


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def main(arguments: Sequence[str]) -> int:
    """Bring up private servers, run, print. 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="./run fault nodes")
    parser.add_argument("--n", type=int, default=20, help="how many faults")
    parser.add_argument("--nodes", type=int, default=2, help="how many nodes work at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", choices=tuple(VARIANTS), default="", help="is it caught?")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-nodes-")))
        postgres = stack.enter_context(PrivatePostgres())
        dovecot = stack.enter_context(PrivateDovecot({}))
        sink = stack.enter_context(SlowSink(Random(given.seed), longest=0.25))
        cluster = Cluster(
            folder,
            stack.enter_context(postgres.fresh_database()),
            dovecot.fresh_user(),
            dovecot.imap_port,
            sink.port,
            stack.enter_context(Preloaded()),
            given.variant,
        )
        run = Run(cluster, sink, postgres, given.seed)
        outcome = run.play(faults_of(given.n, Random(given.seed)), given.nodes, tell=True)
    sys.stdout.write(f"{outcome}\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
