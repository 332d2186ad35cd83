"""Do two nodes carry more than one? And how long is a mailbox without its node?

python -m benchmarks.nodes [--mails N] [--rounds R] [--kills K] [--json]

Each node of the first part has one mailbox and its one reading child; one PostgreSQL and one
Dovecot serve all of them, on the same machine. In the second part two nodes share two mailboxes,
and the one that holds the first of them is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import func, select

from benchmarks.ground import SECRET, configured
from benchmarks.load import Load
from storage import holding, tables
from storage.database import Database
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST

_ROOT: Final = Path(__file__).resolve().parent.parent
_USERS: Final = ("one@bench.example", "two@bench.example", "three@bench.example")
_PATIENCE: Final = 600.0  # seconds
_NODE: Final = (sys.executable, "-m", "desk.cli", "--config")


@dataclass(slots=True)
class Nodes:
    """The servers of a run."""

    dovecot: PrivateDovecot
    postgres: PrivatePostgres
    folder: Path
    mails: int
    count: int = 0

    def rate(self, nodes: int) -> float:
        """Mails a second while all of them are at work: from the moment at which the last one has
        seen its first mail to the moment at which the first one has none left."""
        with self.postgres.fresh_database() as url, ExitStack() as ends:
            Database(url).upgrade()
            for number in range(nodes):
                ends.enter_context(self._node(url, [_USERS[number]], wait=number == nodes - 1))
            db = Database(url)
            ends.callback(db.close)
            wanted, until = nodes * self.mails, time.monotonic() + _PATIENCE
            while _registered(db) < wanted:
                if time.monotonic() > until:
                    raise SystemExit(f"{_registered(db)} of {wanted} mails were registered")
                time.sleep(0.2)
            return _while_all_worked(db)

    def takeovers(self, kills: int) -> list[float]:
        """Seconds from a node's death until another has registered a mail of its mailbox."""
        found = []
        with self.postgres.fresh_database() as url, ExitStack() as ends:
            db = Database(url)
            db.upgrade()
            ends.callback(db.close)
            running = [ends.enter_context(self._node(url, [_USERS[2]])) for _ in range(2)]
            for number in range(1, kills + 1):
                holder = _wait(partial(_holder, db, _box(_USERS[2])))
                died = next(one for one in running if _is(one, holder))
                began = time.monotonic()
                died.kill()
                died.wait()
                running.remove(died)
                self.deliver(_USERS[2], 1, 50 + number)
                _wait(partial(_has_registered, db, number))
                found.append(time.monotonic() - began)
                running.append(ends.enter_context(self._node(url, [_USERS[2]])))
        return found

    def deliver(self, user: str, mails: int, seed: int) -> None:
        """A load of its own: the same mail in two mailboxes would be registered once."""
        with smtplib.LMTP(HOST, self.dovecot.lmtp_port) as lmtp:
            for raw, expected in Load(mails, seed, attachments=False).made():
                lmtp.sendmail(expected.sender, [user], raw)

    @contextmanager
    def _node(
        self, url: str, users: Sequence[str], *, wait: bool = True
    ) -> Iterator[subprocess.Popen[bytes]]:
        self.count += 1
        home = self.folder / str(self.count)
        home.mkdir()
        port, box = self.dovecot.imap_port, _box(users[0])
        config = configured(home, f"{url}?application_name=node", port, users[0], SECRET, box)
        shared = f'\n[evidence]\nfolder = "{self.folder / "evidence"}"\n'
        shared += "[reading]\nchildren = 1\n"
        config.write_text(config.read_text() + shared)
        log = home / "log"
        with log.open("wb") as errors:
            node = subprocess.Popen(
                (*_NODE, str(config), "serve", "--role", "intake"),
                cwd=home,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            if wait:
                _until_ready(node, log)
            yield node
        finally:
            node.terminate()
            node.wait()
            if node.stdout is not None:
                node.stdout.close()


def _until_ready(node: subprocess.Popen[bytes], log: Path) -> None:
    assert node.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(node.stdout, selectors.EVENT_READ)
        line = node.stdout.readline() if selector.select(60) else b""
    if line.strip() != b"ready":
        raise SystemExit(f"a node did not start:\n{log.read_text()}")


def _box(user: str) -> str:
    return user.partition("@")[0]


def _registered(db: Database) -> int:
    with db.read() as connection:
        query = select(func.count()).where(tables.sightings.c.state == "registered")
        return connection.scalar(query) or 0


def _while_all_worked(db: Database) -> float:
    box, done = tables.sightings.c.mailbox, tables.sightings.c.registered_at
    spans = select(func.min(tables.sightings.c.seen_at), func.max(done)).group_by(box)
    with db.read() as connection:
        firsts, lasts = zip(*connection.execute(spans).all(), strict=True)
        began, ended = max(firsts), min(lasts)
        between = select(func.count()).where(done > began, done <= ended)
        mails = connection.scalar(between) or 0
    return mails / float((ended - began).total_seconds())


def _has_registered(db: Database, mails: int) -> bool:
    return _registered(db) >= mails


def _holder(db: Database, box: str) -> str | None:
    with db.read() as connection:
        return holding.held(connection).holder.get(box)


def _is(node: subprocess.Popen[bytes], holder: str) -> bool:
    """Whether this process said that it holds the mailbox."""
    log = Path(os.readlink(f"/proc/{node.pid}/fd/2"))
    return f"node={holder}" in log.read_text()


def _wait(ask: Callable[[], object]) -> str:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if found := ask():
            return str(found)
        time.sleep(0.05)
    raise SystemExit("this took too long")


def main(args: Sequence[str] | None = None) -> int:
    """Measure in turns, print."""
    parser = argparse.ArgumentParser(prog="./run bench nodes")
    parser.add_argument("--mails", type=int, default=2500, help="in each mailbox")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(args)
    rates: dict[int, list[float]] = {1: [], 2: []}
    with (
        PrivateDovecot(dict.fromkeys(_USERS, SECRET)) as dovecot,
        PrivatePostgres() as postgres,
        tempfile.TemporaryDirectory(prefix="amends-nodes-") as folder,
    ):
        run = Nodes(dovecot, postgres, Path(folder), options.mails)
        for number in (0, 1):
            run.deliver(_USERS[number], options.mails, 1 + number)
        for number in range(options.rounds):
            for nodes in (1, 2) if number % 2 else (2, 1):
                rates[nodes].append(run.rate(nodes))
        takeovers = run.takeovers(options.kills)
    ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    if options.json:
        found = {"one": rates[1], "two": rates[2], "ratios": ratios, "takeovers": takeovers}
        json.dump(found, sys.stdout, indent=2)
        return 0
    each = ", ".join(f"{one:.2f}" for one in ratios)
    print(f"one node: {median(rates[1]):.0f} a second; two: {median(rates[2]):.0f}")
    print(f"two / one: {median(ratios):.2f} (each round: {each})")
    if seconds := ", ".join(f"{one:.1f}" for one in takeovers):
        print(f"a mailbox whose node was killed is watched again after {seconds} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
