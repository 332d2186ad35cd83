"""From a mail's arrival to its registration (T2) and to the accepted acknowledgment.

python -m benchmarks.latency [--n 20] [--database sqlite|postgres]

Real Dovecot with IDLE, the real service as a process, an SMTP sink. Watched from outside: the clock
starts when LMTP has taken the mail and stops when the database shows what was committed. Mails come
one by one; the first pays for starting the readers and is told apart. Dovecot itself waits half a
second before it tells in IDLE.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.database import Connection, Database
from storage.mail_journal import mail_journal
from storage.views import outbox_list
from tests.fault.installation import Installation
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.smtp_sink import SmtpSink

TARGETS: Final = {"registered": 1.0, "acknowledged": 2.0}
_LOOK_SECONDS: Final = 0.005
_PATIENCE_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 0.5  # so that the service waits in IDLE again


@dataclass(frozen=True, slots=True)
class Waited:
    """Seconds since LMTP took the mail."""

    registered: float
    acknowledged: float


def run(installation: Installation, dovecot: PrivateDovecot, n: int) -> list[Waited]:
    """Deliver `n` mails one by one and wait for each."""
    waited = []
    with installation.serving():
        db = Database(installation.database_url)
        for number in range(n):
            time.sleep(_SETTLE_SECONDS)
            dovecot.deliver(installation.mailbox, _mail(number), f"person{number}@shop.test")
            began = time.monotonic()
            registered = _until(db, _registered, number + 1, began)
            acknowledged = _until(db, _accepted, number + 1, began)
            waited.append(Waited(registered, acknowledged))
        db.close()
    return waited


def _registered(connection: Connection) -> int:
    return sum(one["state"] == "registered" for one in mail_journal(connection, "complaints"))


def _accepted(connection: Connection) -> int:
    return sum(one["delivery"] == "accepted" for one in outbox_list(connection, only_waiting=False))


def _until(db: Database, count: Callable[[Connection], int], want: int, began: float) -> float:
    while time.monotonic() - began < _PATIENCE_SECONDS:
        with db.read() as connection:
            if count(connection) >= want:
                return time.monotonic() - began
        time.sleep(_LOOK_SECONDS)
    raise TimeoutError(f"not within {_PATIENCE_SECONDS:g} s")


def _mail(number: int) -> bytes:
    lines = (
        f"From: Person {number} <person{number}@shop.test>",
        "To: complaints@acme.test",
        f"Subject: Thread too wide, no. {number}",
        f"Message-ID: <{number}@shop.test>",
        "",
        "The core hole measures 2.5 mm.",
        "",
    )
    return "\r\n".join(lines).encode()


@contextmanager
def installed(database: str) -> Iterator[tuple[Installation, PrivateDovecot]]:
    """The service with its servers, in a folder that is thrown away."""
    user = "complaints@acme.test"
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivateDovecot({user: "secret"}) as dovecot,
        SmtpSink() as sink,
    ):
        ports = (user, dovecot.imap_port, sink.port)
        if database == "sqlite":
            url = f"sqlite:///{folder}/amends.sqlite"
            yield Installation(Path(folder), url, *ports), dovecot
            return
        with PrivatePostgres() as server, server.fresh_database() as url:
            yield Installation(Path(folder), url, *ports), dovecot


def main() -> int:
    """Print the figures; 1 when a median misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    args = parser.parse_args()
    with installed(args.database) as (installation, dovecot):
        first, *others = run(installation, dovecot, args.n + 1)
    print(f"first mail: registered {first.registered:.3f} s, accepted {first.acknowledged:.3f} s")
    missed = False
    for name, target in TARGETS.items():
        seconds = sorted(getattr(one, name) for one in others)
        median = statistics.median(seconds)
        missed |= median > target
        print(
            f"{name}: median {median:.3f} s (target {target:g} s), worst {seconds[-1]:.3f} s, "
            f"{len(seconds)} mails, {args.database}"
        )
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
