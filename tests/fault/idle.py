"""What the whole service costs while nothing happens: mailboxes on IDLE, the desk open.

python -m tests.fault.idle [--minutes 10] [--mailboxes 5] [--database sqlite|postgres]

Real Dovecot, the real service with its usual settings. Every mailbox gets one mail first, so that
the processes that read mails live as well. 1 when it takes 1 % of a core or more, or its main
process holds more than 150 MiB.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fault.costs import cpu_seconds, processes, resident_mib
from tests.fault.ground import ground, takes_database
from tests.fault.installation import Installation
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST, free_port
from tests.servers.smtp_sink import SmtpSink

LIMIT_PERCENT: Final = 1.0
LIMIT_MIB: Final = 150
_PATIENCE_SECONDS: Final = 120.0
_SETTLE_SECONDS: Final = 20.0  # what follows the start is not measured
_AWAKE_SECONDS: Final = 10.0  # of a mailbox that is only looked into once a minute: longer

_COMPANY: Final = """\
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
languages = ["en", "de", "zh"]

[database]
url = "{database}"

[desk]
port = {desk_port}

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"
"""
_MAILBOX: Final = """
[[mailbox]]
name = "box{number}"
address = "{user}"
host = "{host}"
port = {imap_port}
security = "plain"
user = "{user}"
password_file = "mailbox.password"
first_start = "all"
"""


@dataclass(frozen=True)
class Idle:
    """What was measured."""

    mailboxes: int
    seconds: float
    cpu: float
    processes: int
    mib: int  # that the main process holds
    woken: float  # seconds until a mail to each mailbox was registered when the rest was over

    @property
    def percent(self) -> float:
        """Of one core."""
        return 100 * self.cpu / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.mailboxes} mailboxes on IDLE, desk open, {self.seconds:.0f} s: "
            f"{self.cpu:.2f} s of CPU by {self.processes} processes = {self.percent:.2f} % of one "
            f"core (limit {LIMIT_PERCENT:g} %); the main process holds {self.mib} MiB (limit "
            f"{LIMIT_MIB}); then a mail to each was registered in "
            f"{self.woken:.1f} s"
        )


def run(
    folder: Path,
    url: str,
    dovecot: PrivateDovecot,
    sink: SmtpSink,
    *,
    mailboxes: int,
    seconds: float,
) -> Idle:
    """Let the service rest for that long, and see that it was on IDLE all the same."""
    users = [dovecot.fresh_user() for _ in range(mailboxes)]
    installation = _installed(folder, url, users, dovecot, sink)
    # What the making of the schema leaves behind is gone at the second start, and for ever.
    with installation.serving():
        pass
    with installation.serving() as process:
        _one_mail_each(installation, dovecot, users, "first")
        time.sleep(_SETTLE_SECONDS)
        began, before = time.monotonic(), cpu_seconds(process.pid)
        time.sleep(seconds)
        over, after = time.monotonic(), cpu_seconds(process.pid)
        alive, mib = processes(process.pid), resident_mib(process.pid)
        woken = _one_mail_each(installation, dovecot, users, "last")
    return Idle(mailboxes, over - began, after - before, alive, mib, woken)


def _installed(
    folder: Path, url: str, users: Sequence[str], dovecot: PrivateDovecot, sink: SmtpSink
) -> Installation:
    installation = Installation(folder, url, users[0], dovecot.imap_port, sink.port)
    ports = {"host": HOST, "imap_port": dovecot.imap_port, "smtp_port": sink.port}
    text = _COMPANY.format(database=url, desk_port=free_port(), **ports)
    for number, user in enumerate(users):
        text += _MAILBOX.format(number=number, user=user, **ports)
    (folder / "amends.toml").write_text(text)
    return installation


def _one_mail_each(
    installation: Installation, dovecot: PrivateDovecot, users: Sequence[str], word: str
) -> float:
    """Seconds until all of them are registered."""
    wanted = _registered(installation) + len(users)
    began = time.monotonic()
    for number, user in enumerate(users):
        dovecot.deliver(user, _complaint(user, f"{word}.{number}"))
    while _registered(installation) < wanted:
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise TimeoutError(installation.log.read_text())
        time.sleep(0.05)
    return time.monotonic() - began


def _registered(installation: Installation) -> int:
    return installation.log.read_text().count(" mail_registered ")


def _complaint(to: str, name: str) -> bytes:
    return (
        f"From: {name}@shop.test\r\nTo: {to}\r\nSubject: Complaint {name}\r\n"
        f"Message-ID: <{name}@shop.test>\r\n\r\nThe ring of {name} is too wide.\r\n"
    ).encode()


def main(arguments: Sequence[str]) -> int:
    """Rest, measure, print."""
    parser = argparse.ArgumentParser(prog="./run fault idle")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--mailboxes", type=int, default=5)
    takes_database(parser)
    given = parser.parse_args(arguments)
    with ground("idle", given.database) as on:
        idle = run(
            on.folder,
            on.url,
            on.dovecot,
            on.sink,
            mailboxes=given.mailboxes,
            seconds=60 * given.minutes,
        )
    sys.stdout.write(f"{idle}\n")
    light = idle.percent < LIMIT_PERCENT and idle.mib <= LIMIT_MIB
    return int(not light or idle.woken > _AWAKE_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
