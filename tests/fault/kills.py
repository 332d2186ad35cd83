"""Kills the real service at random and at named moments, and counts what was lost (P1, P7).

python -m tests.fault.kills --n 2000 --seed 1 [--database sqlite|postgres] [--reconcile [bcc|sent]]
python -m tests.fault.kills --point "T2 committed" --n 5 --seed 1

A quarter of the kills is at the points of `tests.fault.points`. A seed repeats the mails, the
points and the moments; what the service had done by a moment is the machine's.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from tests.fault.collect import collect, is_quiet
from tests.fault.customers import Customers
from tests.fault.daemons import Preloaded, left_over
from tests.fault.installation import STAGES, Installation, More
from tests.fault.outcome import Kill, Outcome
from tests.fault.points import POINTS, Point
from tests.fault.returning import SETTINGS, Returning, Way
from tests.fault.scenes import CALM, Scenes
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres
from tests.servers.smtp_sink import SmtpSink

# Random moments are spread over a span (seconds after the ready line) that follows the machine: it
# is so long that half of the kills come after a letter has left.
_FIRST_SPAN: Final = 0.5
_SPANS: Final = (0.2, 4.0)
_LONGER: Final = 1.04
_SHORTER: Final = 0.96
_POINT_SECONDS: Final = 20.0
_QUIET_SECONDS: Final = 90.0
_TOLD_EVERY: Final = 10.0


@dataclass(frozen=True)
class Plan:
    """The kills of a run in their order: names of points, and moments as parts of the span. Before
    every `renumber_every`th the mailbox is rebuilt. `mails`: at most so many come before a kill at
    random; `twins`: how many of them have the Message-ID of another."""

    kills: tuple[str | float, ...]
    renumber_every: int = 0
    mails: int = 2
    twins: float = 0.06

    @staticmethod
    def of(dice: Random, moments: Sequence[float], points: Sequence[str]) -> Plan:
        """Mix them; what can only happen at the very first start comes first."""
        # In the order of the table: the schema is made before a mailbox begins.
        first = [name for name in POINTS if name in points and POINTS[name].scene == "first"]
        others: list[str | float] = [*(one for one in points if one not in first), *moments]
        dice.shuffle(others)
        # Not right after each other, and not so rarely that a short run has none.
        return Plan((*first, *others), renumber_every=min(100, max(25, len(others) // 20)))


@dataclass
class Run:
    """A run that goes on."""

    installation: Installation
    dovecot: PrivateDovecot
    sink: SmtpSink
    returning: Returning
    seed: int
    kills: list[Kill] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    span: float = _FIRST_SPAN

    def play(self, plan: Plan, *, tell: bool = False) -> Outcome:
        """Kill the service as planned, let it come to rest, and gather what the oracle asks."""
        began = told = time.monotonic()
        customers = Customers(self.installation.mailbox, Random(self.seed))
        customers.shares["twin"] = plan.twins
        scenes = Scenes(self.installation, self.dovecot, customers)
        for place, what in enumerate(plan.kills, start=1):
            if plan.renumber_every and place % plan.renumber_every == 0:
                scenes.renumber()
            self._kill(scenes, what, plan.mails)
            if tell and time.monotonic() - told > _TOLD_EVERY:
                told = time.monotonic()
                _say(f"{place} of {len(plan.kills)}, {(told - began) / place:.2f} s each")
        if tell:
            _say("all kills done; the service comes to rest and the oracle looks")
        self._come_to_rest()
        return self._outcome(scenes, began)

    def _kill(self, scenes: Scenes, what: str | float, mails: int) -> None:
        if isinstance(what, str):
            point = POINTS[what]
            if point.after:
                self._at(scenes, point.after, POINTS[point.after])
            self._at(scenes, what, point)
        else:
            scenes.put(scenes.customers.write(self.sink.received, 0, mails), len(self.kills) + 1)
            self.installation.killed_after(what * self.span)
            self._note("", what * self.span)
            late = self.kills[-1].stage == STAGES[-1]
            shortest, longest = _SPANS
            self.span = min(longest, max(shortest, self.span * (_SHORTER if late else _LONGER)))

    def _at(self, scenes: Scenes, name: str, point: Point) -> None:
        number, before = len(self.kills) + 1, len(self.sink.received)
        scenes.put(scenes.customers.write(self.sink.received, 0, 1, complaints=2), number)
        scenes.set_for(point, number)
        if not self.installation.killed_at(name, once=point.once, seconds=_POINT_SECONDS):
            self.unreached.append(f"{name} (kill {number}, {self.installation.log})")
        if point.copies > 1:  # the server may still be taking it
            with contextlib.suppress(TimeoutError):
                self.sink.wait_for(lambda taken: len(taken) > before, 2.0)
        self._note(name, 0.0, repeats=point.copies > 1)

    def _note(self, point: str, moment: float, *, repeats: bool = False) -> None:
        stage, taken = self.installation.stage(), len(self.sink.received)
        self.kills.append(Kill(len(self.kills) + 1, point, moment, stage, taken, repeats))

    def _come_to_rest(self) -> None:
        """On PostgreSQL the last claims must run out first, so one pass may not be enough."""
        end = time.monotonic() + _QUIET_SECONDS
        if self.returning.way:
            # Copies come back before the server answers: minutes of looking show no more of them.
            more = self.installation.more
            ended = replace(more, outbox=f"{more.outbox}reconcile_minutes = 0\n")
            self.installation.configure(ended)
        self.installation.once()
        while not is_quiet(self.installation.place) and time.monotonic() < end:
            self.installation.once()
        if self.returning.way:
            self.installation.once()  # the own copies of the last letters

    def _outcome(self, scenes: Scenes, began: float) -> Outcome:
        shop = self.installation
        received = [self.returning.to_others(mail) for mail in self.sink.received]
        appended = [*scenes.customers.appended, *self.returning.appended]
        facts = collect(shop.place, appended, received, shop.errors())
        return Outcome(
            seed=self.seed,
            kills=tuple(self.kills),
            facts=replace(facts, left_over=tuple(left_over(shop.orphaned))),
            reconciling=self.returning.way is not None,
            renumbered=scenes.renumbered,
            seconds=time.monotonic() - began,
            came_with=scenes.came_with,
            unreached=tuple(self.unreached),
        )


def moments(n: int, dice: Random) -> list[float]:
    """`n` random moments between 0 and 1, spread evenly, in no order."""
    spread = [(place + dice.random()) / n for place in range(n)]
    dice.shuffle(spread)
    return spread


def points_for(way: Way | None) -> list[str]:
    """The points to which a service with this way of reconciling can come."""
    return [name for name, point in POINTS.items() if not point.reconciles or way == "bcc"]


def planned(n: int, seed: int, way: Way | None, only: str = "") -> Plan:
    """About `n` kills: a quarter at points, each as often as the others; or all at one."""
    dice = Random(seed)
    if only:
        return Plan((only,) * n)
    named: list[str] = []
    while (kills := sum(1 + bool(POINTS[name].after) for name in named)) < n // 4:
        every = points_for(way)
        # The first start comes once.
        some = [name for name in every if not named or POINTS[name].scene != "first"]
        named += dice.sample(some, len(some)) if n >= 4 * len(every) else [dice.choice(some)]
    return Plan.of(dice, moments(max(1, n - kills), dice), named)


@contextlib.contextmanager
def ready(
    folder: Path,
    url: str,
    dovecot: PrivateDovecot,
    preloaded: Preloaded,
    *,
    seed: int,
    way: Way | None = None,
    variant: str = "",
) -> Iterator[Run]:
    """An installation with its servers, before its first start."""
    user, own = dovecot.fresh_user(), SETTINGS[way] if way else More()
    returning = Returning(user, dovecot.imap_port, way)
    more = More(CALM.mailbox, own.smtp, CALM.outbox + own.outbox)
    with SmtpSink(deliver=returning.deliver) as sink:
        installation = Installation(
            folder,
            url,
            user,
            dovecot.imap_port,
            sink.port,
            more=more,
            preloaded=preloaded,
            variant=variant,
        )
        yield Run(installation, dovecot, sink, returning, seed)


def _say(words: str) -> None:
    sys.stderr.write(f"fault kills: {words}\n")
    sys.stderr.flush()


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run fault kills")
    parser.add_argument("--n", type=int, default=200, help="how often the service is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument(
        "--reconcile",
        choices=("bcc", "sent"),
        nargs="?",
        const="bcc",
        help="letters of which no answer came are looked for: no copy may leave twice",
    )
    parser.add_argument("--point", choices=tuple(POINTS), help="kill at this point alone")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Bring up private servers, run, print. 1 when a promise was broken."""
    given = _given(arguments)
    folder = Path(tempfile.mkdtemp(prefix="amends-kills-"))
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'amends.sqlite'}"
        if given.database == "postgres":
            postgres = stack.enter_context(PrivatePostgres())
            url = stack.enter_context(postgres.fresh_database())
        dovecot = stack.enter_context(PrivateDovecot({}))
        preloaded = stack.enter_context(Preloaded())
        set_up = ready(folder, url, dovecot, preloaded, seed=given.seed, way=given.reconcile)
        run = stack.enter_context(set_up)
        plan = planned(given.n, given.seed, given.reconcile, given.point or "")
        outcome = run.play(plan, tell=True)
    sys.stdout.write(f"{outcome}\n")
    if not outcome.violations:
        shutil.rmtree(folder)
        return 0
    sys.stdout.write(f"logs and data of the run: {folder}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
