"""What a run of cuts showed: what was lost, and for how long anything stood still."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fault.oracle import Facts, Violation, repeats

MOST_STUCK: Final = 60.0
BACKOFF: Final = 0.2  # seconds between two tries to reach the mailbox, at most
_MOST_ATTEMPTS: Final = 60 / BACKOFF * 1.5  # a minute, while the server is down
_MOST_CPU: Final = 50.0  # percent of a core, while nothing can be done; a busy loop takes all
_MOST_SHOWN: Final = 40


@dataclass
class Progress:
    """Follows the log: what was registered and accepted, and how long nothing was."""

    log: Path
    registered: int = 0
    accepted: int = 0
    longest: float = 0.0
    _read: int = 0
    _waiting_since: float | None = None

    def waits(self) -> None:
        """There is something to do."""
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()

    def look(self) -> None:
        with self.log.open("rb") as file:
            file.seek(self._read)
            lines = file.read().rpartition(b"\n")[0]
        self._read += len(lines) + bool(lines)
        registered = lines.count(b" mail_registered ")
        accepted = lines.count(b" letter_accepted ")
        if registered or accepted:
            self.registered += registered
            self.accepted += accepted
            self._over()

    def stands(self) -> float:
        """For how long nothing has gone on, seconds."""
        return 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since

    def rest(self) -> None:
        """Nothing is left to do, or nothing can be done."""
        self._over()

    def _over(self) -> None:
        if self._waiting_since is not None:
            self.longest = max(self.longest, time.monotonic() - self._waiting_since)
            self._waiting_since = None


@dataclass(frozen=True)
class Trouble:
    """A time in which a server was away wholly."""

    what: str
    seconds: float
    attempts: int
    percent: float  # of a core, in its quietest stretch

    @property
    def a_minute(self) -> float:
        return 60 * self.attempts / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.a_minute:.0f} connections a minute, {self.percent:.1f} % of a core"
        )


@dataclass(frozen=True)
class Outcome:
    """What a run showed."""

    seed: int
    mails: int
    facts: Facts
    hurts: Counter[tuple[str, str, str]]  # server, kind, towards whom
    by_hand: int  # letters of which a person must decide
    violations: tuple[Violation, ...]
    stuck: float  # the longest time without any progress while mails or letters waited
    unnoticed: float  # the longest time until a silent connection was given up
    back: float  # the longest time until a connection came back after a cut (IMAP)
    at_rest: float  # from the end of all trouble until nothing was left to do
    troubles: tuple[Trouble, ...]
    percent: float  # of a core, by all processes, over the whole run
    seconds: float

    @property
    def faults(self) -> list[str]:
        """Everything that may not be."""
        found = [str(one) for one in self.violations]
        times = {name: getattr(self, name) for name in ("stuck", "unnoticed", "back", "at_rest")}
        found += [f"{name} for {one:.0f} s" for name, one in times.items() if one > MOST_STUCK]
        busy = (
            one for one in self.troubles if one.a_minute > _MOST_ATTEMPTS or one.percent > _MOST_CPU
        )
        return found + [f"busy loop: {one}" for one in busy]

    def __str__(self) -> str:
        broken = Counter(violation.name for violation in self.violations)
        table = ", ".join(
            f"{server} {kind} towards {side} {count}"
            for (server, kind, side), count in sorted(self.hurts.items())
        )
        return "\n".join(
            (
                f"seed {self.seed}: {self.hurts.total()} hurts, {self.mails} mails, "
                f"{len(self.facts.cases)} cases, {self.seconds:.0f} s",
                f"hurts: {table}",
                f"lost {broken['mail lost']}, double {broken['mail registered twice']}, "
                f"truncated {broken['mail that nobody wrote']}, "
                f"letters repeated {repeats(self.facts)}, left to a person {self.by_hand}",
                f"longest without progress {self.stuck:.1f} s, until a silence was noticed "
                f"{self.unnoticed:.1f} s, until back after a cut {self.back:.1f} s, "
                f"until all was done {self.at_rest:.1f} s (limit {MOST_STUCK:g} s)",
                *map(str, self.troubles),
                f"all processes took {self.percent:.0f} % of a core",
                *(f"VIOLATION {one}" for one in self.faults[:_MOST_SHOWN]),
            )
        )
