"""Several nodes of one installation: one PostgreSQL, one mailbox, one folder of evidence.

Each life of a node has a folder, a log and a name of its own; the database knows it by that name.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from demo.received import Received
from demo.smtp_door import Moment
from tests.fault.collect import Place
from tests.fault.daemons import Preloaded, Process, end_group, moment
from tests.fault.installation import Installation, More
from tests.servers.smtp_sink import SmtpSink

LEASE_SECONDS: Final = 5  # the least that the configuration takes
_END_SECONDS: Final = 30.0
# Nobody is braked: who sends how much is another driver's question (tests.fault.kills).
_FREE: Final = "address_per_day = 9999\ndomain_per_hour = 9999\nall_per_hour = 9999\n"


class SlowSink(SmtpSink):
    """Answers after a random time, so that what stops a node finds it in the middle of sending.

    What it has seen the final dot of it takes, whether or not the client is still there.
    """

    def __init__(self, dice: Random, longest: float) -> None:
        super().__init__()
        self._dice, self._longest = dice, longest
        self._taking: set[asyncio.Future[str]] = set()

    async def _react(self, moment: Moment) -> str | None:
        await self._pause()
        reply = await super()._react(moment)
        if reply is not None or moment.command != "DATA":
            return reply
        taking = asyncio.ensure_future(self._at_leisure(moment.mail))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        return await asyncio.shield(taking)

    async def _at_leisure(self, mail: Received) -> str:
        reply = await self._accept(mail)
        await self._pause()
        return reply or "250 2.0.0 OK queued"

    async def _pause(self) -> None:
        await asyncio.sleep(self._dice.random() * self._longest)


@dataclass
class Life:
    """A node from its start to its end."""

    name: str
    installation: Installation
    process: Process
    wakes_at: float | None = None  # monotonic seconds; None: it is not stopped
    dies: bool = False  # instead of waking

    def stop(self, seconds: float, *, dies: bool) -> None:
        self.process.send_signal(signal.SIGSTOP)
        self.wakes_at, self.dies = time.monotonic() + seconds, dies


@dataclass
class Cluster:
    """The nodes. `variant`: of the service, wrong on purpose (tests.fault.wrong_nodes)."""

    folder: Path
    database_url: str
    mailbox: str
    imap_port: int
    smtp_port: int
    preloaded: Preloaded
    variant: str = ""
    lives: list[Life] = field(default_factory=list)
    installations: list[Installation] = field(default_factory=list)
    # Of processes that were killed alone, with the moment: what they had started must end too.
    orphaned: dict[int, float] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.database_url, self.folder / "evidence")

    def running(self) -> list[Life]:
        return [life for life in self.lives if life.wakes_at is None]

    def start(self, nodes: int) -> None:
        """So many more nodes, at once."""
        fresh = [self._installation() for _ in range(nodes)]
        with ThreadPoolExecutor(nodes) as threads:
            self.lives += threads.map(_started, fresh)

    def kill(self, life: Life) -> None:
        """SIGKILL to its main process alone; a new node takes its place."""
        life.process.kill()  # its children must notice by themselves
        life.process.wait()
        self.lives.remove(life)
        self.orphaned[life.process.pid] = moment()
        if life.process.stdout is not None:
            life.process.stdout.close()
        self.start(1)

    def wake(self, *, all_of_them: bool = False) -> int:
        """Continue those whose time has come, or kill them; return how many that were."""
        now = time.monotonic()
        due = [x for x in self.lives if x.wakes_at and (all_of_them or x.wakes_at <= now)]
        for life in due:
            if life.dies:
                self.kill(life)
            else:
                life.process.send_signal(signal.SIGCONT)
                life.wakes_at = None
        return len(due)

    def close(self) -> list[str]:
        """Ask all to end. Return those that did not end well."""
        for life in self.lives:
            life.process.send_signal(signal.SIGTERM)
        end = time.monotonic() + _END_SECONDS
        codes = {x.name: x.process.wait(max(0.0, end - time.monotonic())) for x in self.lives}
        return [f"{name} ended with code {code}" for name, code in codes.items() if code]

    def abort(self) -> None:
        """Kill what is left of any of them."""
        for life in self.lives:
            end_group(life.process)

    def said(self, event: str) -> int:
        """How often the nodes told this in their logs."""
        logs = (x.folder.glob("*.log") for x in self.installations)
        return sum(
            log.read_text(errors="replace").count(f" {event} ") for some in logs for log in some
        )

    def errors(self) -> list[str]:
        """Faults that the nodes told in their logs."""
        return [f"{x.folder.name}: {error}" for x in self.installations for error in x.errors()]

    def _installation(self) -> Installation:
        name = f"node-{len(self.installations) + 1:03}"
        made = Installation(
            self.folder / name,
            f"{self.database_url}?application_name={name}",
            self.mailbox,
            self.imap_port,
            self.smtp_port,
            more=More(outbox=f'{_FREE}\n[evidence]\nfolder = "{self.folder / "evidence"}"\n'),
            preloaded=self.preloaded,
            variant=self.variant,
        )
        self.installations.append(made)
        return made


def _started(installation: Installation) -> Life:
    process = installation.start()
    try:
        installation.wait_until_ready(process)
    except BaseException:
        end_group(process)
        raise
    return Life(installation.folder.name, installation, process)


def wait_for(enough: Callable[[], bool], seconds: float, every: float = 0.25) -> bool:
    """Wait until it is; False: it was not in time."""
    end = time.monotonic() + seconds
    while not enough():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
