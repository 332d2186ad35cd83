"""Does it stay quick? An empty database beside one with a million messages, in turns.

python -m benchmarks.growth [--messages N] [--mails N] [--rounds R]
                            [--database sqlite|postgres|both] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import smtplib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import select

from benchmarks import crowded
from benchmarks.ground import SECRET, configured
from benchmarks.load import Load
from benchmarks.road import intake, letters, warm
from config.load import load
from config.secrets import secrets_of
from service import wiring
from service.wiring import Wiring
from storage import lookup, searching, tables, worklist
from storage.database import Connection
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.process import HOST

_PLAYED: Final = 500  # mails of the load that is copied
_CLUES: Final = 25  # a batch
_TIMES: Final = 7
_AT_ONCE: Final = 1024 * 1024


@dataclass(slots=True)
class Size:
    """One of the two databases, and what was measured in it."""

    folder: Path
    url: str
    messages: int = 0
    cold: float = 0.0  # mails a second, when nothing of the database was in memory
    rates: list[float] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def file(self) -> Path | None:
        """That of SQLite."""
        file = self.folder / "amends.db"
        return file if self.url.startswith("sqlite") else None


@dataclass(slots=True)
class Growth:
    """The servers of a run."""

    dovecot: PrivateDovecot
    folder: Path
    mails: int
    ends: ExitStack

    def user(self, number: int) -> str:
        return f"growth{number}@bench.example"

    def deliver(self, number: int, mails: int) -> None:
        with smtplib.LMTP(HOST, self.dovecot.lmtp_port) as lmtp:
            for raw, expected in Load(mails, 1000 + number, attachments=False).made():
                lmtp.sendmail(expected.sender, [self.user(number)], raw)

    def opened(self, size: Size, number: int) -> Wiring:
        """The installation, with the mailbox of this round."""
        port, name = self.dovecot.imap_port, f"round{number}"
        config = configured(size.folder, size.url, port, self.user(number), SECRET, name)
        settings = load(config, os.environ)
        return wiring.wire(settings, secrets_of(settings, os.environ), check_letters=False)

    def fill(self, size: Size, wanted: int) -> None:
        """Play a load, answer it, and copy both until there are so many messages."""
        w = self.opened(size, 0)
        intake(w)
        letters(w)
        size.messages = crowded.crowd(w.db, wanted)
        w.reader.close()
        w.db.close()
        os.sync()  # what the disk still has to do for the filling is not measured

    def begin(self, size: Size, number: int) -> None:
        """Register mails when nothing of the file is in memory, and then have it there, as for a
        service that has been up for a while. PostgreSQL has memory of its own."""
        if size.file is None:
            return
        if not size.file.exists():  # the empty one
            self.opened(size, 0).db.close()
        with size.file.open("rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.round(size, number)
        size.cold = size.rates.pop()
        with size.file.open("rb", buffering=0) as file:
            while file.read(_AT_ONCE):
                pass

    def round(self, size: Size, number: int) -> None:
        """Register the mails of this round."""
        w = self.opened(size, number)
        warm(w)
        began = time.perf_counter()
        intake(w)
        size.rates.append(self.mails / (time.perf_counter() - began))
        w.reader.close()
        w.db.close()

    def ask(self, size: Size, number: int) -> None:
        """How long questions take."""
        w = self.opened(size, number)
        with w.db.read() as connection:
            for name, act in _questions(connection).items():
                act(connection)
                size.milliseconds[name] = median(_timed(act, connection) for _ in range(_TIMES))
        w.db.close()


def _timed(act: Callable[[Connection], object], connection: Connection) -> float:
    began = time.perf_counter()
    act(connection)
    return 1000 * (time.perf_counter() - began)


def _questions(connection: Connection) -> dict[str, Callable[[Connection], object]]:
    ids = list(
        connection.scalars(
            select(tables.messages.c.message_id)
            .where(tables.messages.c.direction == "in")
            .order_by(tables.messages.c.id.desc())
            .limit(_CLUES)
        )
    )

    def threading(asked: Connection) -> None:
        known = lookup.look_up(
            asked, addresses=[], token_hashes=[], message_ids=ids, numbers=["KS2026-001"]
        )
        lookup.read_used_ids(asked, ids, known)

    now = datetime.now(UTC)
    return {
        f"threading, {_CLUES} mails": threading,
        "queue: cases": lambda c: worklist.open_cases(c, 1),
        "queue: tasks": lambda c: worklist.open_tasks(c, 1),
        "queue: counts": lambda c: worklist.counts(c, now),
        "search": lambda c: searching.found(c, "gear", 1, only_open=False),
        "search, open cases": lambda c: searching.found(c, "gear", 1, only_open=True),
    }


def main(args: Sequence[str] | None = None) -> int:
    """Fill, measure in turns, print."""
    options = _options(args)
    kinds = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    mailboxes = options.rounds + 2  # one to be copied, one for the cold start
    users = {f"growth{number}@bench.example": SECRET for number in range(mailboxes)}
    found: dict[str, Any] = {}
    with (
        PrivateDovecot(users) as dovecot,
        tempfile.TemporaryDirectory(prefix="amends-growth-") as folder,
    ):
        growth = Growth(dovecot, Path(folder), options.mails, ExitStack())
        growth.deliver(0, _PLAYED)
        for number in range(1, mailboxes):
            growth.deliver(number, options.mails)
        for kind in kinds:
            with PrivatePostgres() if kind == "postgres" else nullcontext() as postgres:
                with growth.ends:
                    found[kind] = _measured(growth, kind, postgres, options)
                _print(kind, found[kind], options)
    if options.json:
        json.dump(found, sys.stdout, indent=2)
    return 0


def _measured(
    growth: Growth, kind: str, postgres: PrivatePostgres | None, options: argparse.Namespace
) -> dict[str, Any]:
    sizes = [_size(growth, f"{kind}-{name}", postgres) for name in ("empty", "crowded")]
    empty, full = sizes
    began = time.perf_counter()
    growth.fill(full, options.messages)
    filling = time.perf_counter() - began
    for size in sizes:
        growth.begin(size, options.rounds + 1)
    for number in range(1, options.rounds + 1):
        for size in sizes if number % 2 else reversed(sizes):
            growth.round(size, number)
    for size in sizes:
        growth.ask(size, 1)
    ratios = [one / other for one, other in zip(full.rates, empty.rates, strict=True)]
    return {
        "messages": full.messages,
        "filling_seconds": filling,
        "rates": {"empty": empty.rates, "crowded": full.rates},
        "cold": {"empty": empty.cold, "crowded": full.cold},
        "ratio": median(ratios),
        "ratios": ratios,
        "milliseconds": {
            name: [empty.milliseconds[name], full.milliseconds[name]] for name in full.milliseconds
        },
    }


def _size(growth: Growth, name: str, postgres: PrivatePostgres | None) -> Size:
    folder = growth.folder / name
    folder.mkdir()
    if postgres is None:
        return Size(folder, f"sqlite:///{folder}/amends.db")
    return Size(folder, growth.ends.enter_context(postgres.fresh_database()))


def _print(kind: str, found: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json:
        return
    each = ", ".join(f"{ratio:.2f}" for ratio in found["ratios"])
    rates = {name: median(every) for name, every in found["rates"].items()}
    print(f"\n{kind}: {found['messages']:,} messages ({found['filling_seconds']:.0f} s to fill)")
    print(f"  registered a second: empty {rates['empty']:.0f}, crowded {rates['crowded']:.0f}")
    print(f"  crowded / empty: {found['ratio']:.2f} (each round: {each})")
    if found["cold"]["crowded"]:
        cold = found["cold"]
        print(f"  from a cold disk: empty {cold['empty']:.0f}, crowded {cold['crowded']:.0f}")
    for name, (empty, full) in found["milliseconds"].items():
        print(f"  {name:22} {empty:8.1f} ms empty {full:8.1f} ms crowded")


def _options(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench growth")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--mails", type=int, default=400, help="registered in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(args)


if __name__ == "__main__":
    sys.exit(main())
