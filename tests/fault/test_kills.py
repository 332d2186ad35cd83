"""P1 and P7, the short run: real service, real Dovecot, SIGKILL at named and random moments."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fault.daemons import Preloaded
from tests.fault.kills import Plan, Run, moments, points_for, ready
from tests.fault.outcome import Outcome
from tests.fault.points import POINTS, found
from tests.fault.wrong import VARIANTS
from tests.servers.dovecot import PrivateDovecot

# AMENDS_SEED repeats a run that failed; its seed stands in the message.
SEED = int(os.environ.get("AMENDS_SEED") or random.SystemRandom().randrange(1_000_000))
_LOOKED_FOR = [name for name, point in POINTS.items() if point.reconciles]

Start = Callable[..., Run]


@pytest.fixture(scope="module")
def preloaded() -> Iterator[Preloaded]:
    with Preloaded() as parent:
        yield parent


@pytest.fixture
def start(dovecot: PrivateDovecot, preloaded: Preloaded, tmp_path: Path) -> Iterator[Start]:
    """An installation of its own, on SQLite."""
    with ExitStack() as stack:

        def act(name: str = "amends", seed: int = SEED, **how: str) -> Run:
            folder = tmp_path / name
            folder.mkdir()
            url = f"sqlite:///{folder / 'amends.sqlite'}"
            kills = ready(folder, url, dovecot, preloaded, seed=seed, **how)  # type: ignore[arg-type]  # settings by name
            return stack.enter_context(kills)

        yield act


def whole(outcome: Outcome) -> None:
    """No promise was broken; otherwise the seed and the kill stand in the message."""
    print(outcome)  # noqa: T201 - pytest shows it when the test fails
    assert outcome.violations == (), f"AMENDS_SEED={SEED}\n{outcome}"


def test_every_point_is_a_place_of_the_product() -> None:
    for name, point in POINTS.items():
        for place in filter(None, (point.place, point.within)):
            owner, called = found(place)
            assert callable(getattr(owner, called)), name
        assert not point.after or point.after in POINTS, name


def test_every_point_and_thirty_random_moments(start: Start) -> None:
    dice, points = random.Random(SEED), points_for(None)
    outcome = start().play(Plan.of(dice, moments(30, dice), points))
    whole(outcome)
    assert {kill.point for kill in outcome.kills} - {""} == set(points)
    assert outcome.renumbered >= 3
    # Kills that all came before or after the work would prove nothing.
    assert len(+outcome.stages) >= 3, outcome.stages


def test_no_letter_leaves_twice_where_it_is_looked_for(start: Start) -> None:
    points = [*_LOOKED_FOR, "accepted by the server, not written"]
    outcome = start(way="bcc").play(Plan(tuple(points)))
    whole(outcome)
    assert outcome.repeats == (0, 0)


# What each of them breaks first.
BROKEN = {
    "flag-first": "mail lost",
    "no-ledger": "mail registered twice",
    "by-message-id": "mail lost",
}
# The moment between its two commits is short: ten kills find it mostly, so there are more tries.
KILLS, TRIES = 10, 3


def test_every_wrong_variant_is_tried() -> None:
    assert BROKEN.keys() == VARIANTS.keys()


@pytest.mark.parametrize("variant", BROKEN)
def test_a_wrong_variant_is_caught(variant: str, start: Start) -> None:
    dice = random.Random(SEED)
    told: list[str] = []
    for number in range(TRIES):
        run = start(f"try-{number}", SEED + number, variant=variant)
        outcome = run.play(Plan(tuple(moments(KILLS, dice)), mails=5, twins=0.3))
        if BROKEN[variant] in {violation.name for violation in outcome.violations}:
            return
        told.append(str(outcome))
    pytest.fail("\n".join(told))
