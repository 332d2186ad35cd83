"""Kills the real service at random moments of its work and counts what was lost (P1, P7).

python -m tests.fault.kills --n 20 --seed 1 [--database sqlite|postgres]

A seed repeats the mails and the moments; what the service had done by then is the machine's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from imapclient import IMAPClient

from tests.fault.collect import collect, is_quiet
from tests.fault.customers import Customers, Written
from tests.fault.installation import STAGES, Installation
from tests.fault.oracle import Violation, judge, repeats
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink

LONGEST = 0.4  # seconds between the ready line and the kill
_QUIET_SECONDS = 60.0
_MOST_SHOWN = 40


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    seed: int
    kills: int
    mails: int
    cases: int
    stages: Counter[str]  # how far the service had come when it was killed
    repeats: int
    violations: tuple[Violation, ...]
    seconds: float

    def __str__(self) -> str:
        broken = Counter(violation.name for violation in self.violations)
        stages = ", ".join(f"{stage} {self.stages[stage]}" for stage in STAGES)
        return "\n".join(
            (
                f"seed {self.seed}: {self.kills} kills, {self.mails} mails, {self.cases} cases, "
                f"{self.seconds:.0f} s",
                f"lost {broken['mail lost']}, double {broken['mail registered twice']}, "
                f"acknowledgments missing {broken['acknowledgment never sent']}, "
                f"letters repeated {self.repeats}",
                f"killed after: {stages}",
                *(f"VIOLATION {violation}" for violation in self.violations[:_MOST_SHOWN]),
                *(f"BROKEN {name}: {count} times" for name, count in sorted(broken.items())),
            )
        )


def run(
    installation: Installation, sink: SmtpSink, *, n: int, seed: int, longest: float = LONGEST
) -> Outcome:
    """Kill the service `n` times, let it come to rest, and ask the oracle."""
    began = time.monotonic()
    dice = Random(seed)
    customers = Customers(installation.mailbox, dice)
    stages: Counter[str] = Counter()
    with _mailbox(installation) as imap:
        for moment in moments(n, longest, dice):
            _append(imap, customers.write(sink.received))
            _kill(installation, moment)
            stages[installation.stage()] += 1
    _come_to_rest(installation)
    facts = collect(installation.place, customers.appended, sink.received, installation.errors())
    return Outcome(
        seed=seed,
        kills=n,
        mails=len(customers.written),
        cases=len(facts.cases),
        stages=stages,
        repeats=repeats(facts),
        violations=judge(facts),
        seconds=time.monotonic() - began,
    )


def moments(n: int, longest: float, dice: Random) -> list[float]:
    """`n` random moments up to `longest` seconds, spread evenly, in no order."""
    spread = [(place + dice.random()) / n * longest for place in range(n)]
    dice.shuffle(spread)
    return spread


def _kill(installation: Installation, moment: float) -> None:
    with installation.serving() as process:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()  # the main process alone: its children must notice by themselves
            process.wait()
        else:
            raise RuntimeError(f"the service ended by itself:\n{installation.log.read_text()}")


def _come_to_rest(installation: Installation) -> None:
    """On PostgreSQL the last claims must run out first, so one pass may not be enough."""
    end = time.monotonic() + _QUIET_SECONDS
    installation.once()
    while not is_quiet(installation.place) and time.monotonic() < end:
        installation.once()


@contextmanager
def _mailbox(installation: Installation) -> Iterator[IMAPClient]:
    with IMAPClient(HOST, installation.imap_port, ssl=False, timeout=30) as client:
        client.login(installation.mailbox, "secret")
        yield client


def _append(client: IMAPClient, mails: Sequence[Written]) -> None:
    for mail in mails:
        client.append("INBOX", mail.raw, mail.flags)


def main(arguments: Sequence[str]) -> int:
    """Bring up private servers, run, print. 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="./run fault kills")
    parser.add_argument("--n", type=int, default=20, help="how often the service is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-kills-")))
        url = f"sqlite:///{folder / 'amends.sqlite'}"
        if given.database == "postgres":
            postgres = stack.enter_context(PrivatePostgres())
            url = stack.enter_context(postgres.fresh_database())
        dovecot = stack.enter_context(PrivateDovecot({}))
        sink = stack.enter_context(SmtpSink())
        installation = Installation(folder, url, dovecot.fresh_user(), dovecot.imap_port, sink.port)
        outcome = run(installation, sink, n=given.n, seed=given.seed)
    sys.stdout.write(f"{outcome}\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
