"""The real service as a process: its configuration, its start, and how far it came."""

from __future__ import annotations

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
from tests.fault.daemons import ROOT, Preloaded, Process, end_group, moment
from tests.fault.preloaded import LANGUAGES, Birth
from tests.servers.process import HOST

REAL = (str(Path(sys.executable).with_name("amends")),)
_START_SECONDS = 30.0
_ONCE_SECONDS = 120.0

_CONFIG = """\
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
languages = [{languages}]

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
{in_mailbox}
[desk]
port = 0

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"
{in_smtp}
[outbox]
lease_seconds = 5
{in_outbox}"""
# The service says these as it works; the last one said tells how far it came before the kill.
STAGES = ("ready", "mailbox_read", "mail_registered", "letter_queued", "letter_accepted")


@dataclass(frozen=True)
class More:
    """Further lines of the configuration, by section."""

    mailbox: str = ""
    smtp: str = ""
    outbox: str = ""


@dataclass
class Installation:
    """One configured service. `preloaded` starts it much faster than `command`; only there can it
    be a `variant` that is wrong on purpose."""

    folder: Path
    database_url: str
    mailbox: str
    imap_port: int
    smtp_port: int
    command: tuple[str, ...] = REAL
    more: More = More()
    preloaded: Preloaded | None = None
    variant: str = ""
    starts: int = 0
    # Of processes that were killed alone, with the moment: what they had started must end too.
    orphaned: dict[int, float] = field(default_factory=dict)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(os.open(self._secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("secret")
        self.configure(self.more)

    def configure(self, more: More) -> None:
        """Write the configuration with these further settings; the next start reads it."""
        self._config.write_text(
            _CONFIG.format(
                languages=", ".join(f'"{one}"' for one in LANGUAGES),
                database=self.database_url,
                mailbox=self.mailbox,
                host=HOST,
                imap_port=self.imap_port,
                smtp_port=self.smtp_port,
                in_mailbox=more.mailbox,
                in_smtp=more.smtp,
                in_outbox=more.outbox,
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
    def serving(self) -> Iterator[Process]:
        """The service, ready; whatever is left of it at the end is killed."""
        process = self.start()
        try:
            self.wait_until_ready(process)
            yield process
        finally:
            end_group(process)

    def start(self, *further: str, point: str = "") -> Process:
        """The service, starting; it dies at `point` of `tests.fault.points`."""
        return self._spawn("serve", "--config", str(self._config), *further, point=point)

    def killed_after(self, seconds: float) -> None:
        """Start it, and SIGKILL the main process alone so long after its ready line."""
        process = self.start()
        try:
            self.wait_until_ready(process)
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()  # its children must notice by themselves
            self._bury(process)
        else:
            raise RuntimeError(f"the service ended by itself:\n{self.log.read_text()}")

    def killed_at(self, point: str, *, once: bool, seconds: float) -> bool:
        """Start it and let it die at this point; False: it did not come there in time."""
        process = self.start(*(["--once"] if once else []), point=point)
        try:
            return process.wait(seconds) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            process.kill()
            return False
        finally:
            self._bury(process)

    def once(self) -> None:
        """One whole pass. RuntimeError when the service could not do it."""
        process = self.start("--once")
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

    def wait_until_ready(self, process: Process) -> None:
        """RuntimeError when it does not become so."""
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if selector.select(_START_SECONDS) else b""
        if line.strip() != b"ready":
            raise RuntimeError(f"the service said {line!r}, not ready:\n{self.log.read_text()}")

    def _spawn(self, *args: str, point: str = "") -> Process:
        self.starts += 1
        self.log = self.folder / f"{self.starts:05}.log"
        if self.preloaded is not None:
            return self.preloaded.start(Birth(args, point, self.variant), self.log)
        if point or self.variant:
            raise ValueError("only a preloaded service dies at a point or is wrong on purpose")
        with self.log.open("wb") as log:
            return subprocess.Popen(
                (*self.command, *args),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                process_group=0,
            )

    def _bury(self, process: Process) -> None:
        process.wait()
        self.orphaned[process.pid] = moment()
        if process.stdout is not None:
            process.stdout.close()
