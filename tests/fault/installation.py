"""The real service as a process: its configuration, its start, and how far it came."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fault.collect import Place
from tests.servers.process import HOST

ROOT = Path(__file__).parent.parent.parent
REAL = (str(Path(sys.executable).with_name("amends")),)
_START_SECONDS = 30.0
_ONCE_SECONDS = 120.0

_CONFIG = """\
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
languages = ["en", "de", "zh"]

[database]
url = "{database}"

[[mailbox]]
name = "complaints"
address = "{mailbox}"
host = "{host}"
port = {imap_port}
security = "plain"
user = "{mailbox}"
password_file = "mailbox.password"
first_start = "all"
acknowledge_old = true
poll_seconds = 5

[desk]
port = 0

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"

[outbox]
lease_seconds = 5
"""
# The service says these as it works; the last one said tells how far it came before the kill.
STAGES = ("ready", "mailbox_read", "mail_registered", "letter_queued", "letter_accepted")


@dataclass
class Installation:
    """One configured service. `command` may name a variant of it that is wrong on purpose."""

    folder: Path
    database_url: str
    mailbox: str
    imap_port: int
    smtp_port: int
    command: tuple[str, ...] = REAL
    starts: int = 0
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(os.open(self._secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("secret")
        self._config.write_text(
            _CONFIG.format(
                database=self.database_url,
                mailbox=self.mailbox,
                host=HOST,
                imap_port=self.imap_port,
                smtp_port=self.smtp_port,
            )
        )

    @property
    def place(self) -> Place:
        return Place(self.database_url, self.folder / "evidence")

    @property
    def _config(self) -> Path:
        return self.folder / "amends.toml"

    @property
    def _secret(self) -> Path:
        return self.folder / "mailbox.password"

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """The service, ready; whatever is left of it at the end is killed."""
        process = self._spawn("serve", "--config", str(self._config))
        try:
            self._wait_until_ready(process)
            yield process
        finally:
            end_group(process)

    def once(self) -> None:
        """One whole pass. RuntimeError when the service could not do it."""
        process = self._spawn("serve", "--config", str(self._config), "--once")
        try:
            code = process.wait(_ONCE_SECONDS)
        finally:
            end_group(process)
        if code != 0:
            raise RuntimeError(f"serve --once ended with code {code}:\n{self.log.read_text()}")

    def stage(self) -> str:
        """How far the last start came."""
        said = self.log.read_text(errors="replace")
        return next((stage for stage in reversed(STAGES) if f" {stage} " in said), STAGES[0])

    def errors(self) -> list[str]:
        """Faults that the service told in its logs, of all starts."""
        logs = sorted(self.folder.glob("*.log"))
        return [
            f"{log.name}: {line}"
            for log in logs
            for line in log.read_text(errors="replace").splitlines()
            if " ERROR " in line
        ]

    def _spawn(self, *args: str) -> subprocess.Popen[bytes]:
        self.starts += 1
        self.log = self.folder / f"{self.starts:05}.log"
        with self.log.open("wb") as log:
            return subprocess.Popen(
                (*self.command, *args),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                process_group=0,
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if selector.select(_START_SECONDS) else b""
        if line.strip() != b"ready":
            raise RuntimeError(f"the service said {line!r}, not ready:\n{self.log.read_text()}")


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it started; its group is its own, so nothing else is hit."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
