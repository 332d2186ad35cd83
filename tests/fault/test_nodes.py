"""Several nodes on one PostgreSQL, the short run: some are killed, some sleep past their lease."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.fault.claims import takeovers
from tests.fault.cluster import Cluster, SlowSink
from tests.fault.daemons import Preloaded
from tests.fault.nodes import Fault, Outcome, Run, faults_of
from tests.servers.dovecot import PrivateDovecot
from tests.servers.postgres import PrivatePostgres

# AMENDS_SEED repeats a run that failed; its seed stands in the message.
SEED = int(os.environ.get("AMENDS_SEED") or random.SystemRandom().randrange(1_000_000))


def played(
    folder: Path,
    dovecot: PrivateDovecot,
    postgres: PrivatePostgres,
    faults: Sequence[Fault],
    variant: str = "",
) -> Outcome:
    with (
        postgres.fresh_database() as url,
        SlowSink(Random(SEED), longest=0.25) as sink,
        Preloaded() as preloaded,
    ):
        cluster = Cluster(
            folder,
            url,
            dovecot.fresh_user(),
            dovecot.imap_port,
            sink.port,
            preloaded,
            variant,
        )
        outcome = Run(cluster, sink, postgres, SEED).play(faults, 2)
    print(outcome)  # noqa: T201 - pytest shows it when the test fails
    return outcome


def test_two_nodes_lose_nothing_and_double_nothing(
    dovecot: PrivateDovecot, postgres_server: PrivatePostgres, tmp_path: Path
) -> None:
    faults: tuple[Fault, ...] = ("stop sending", "kill", "stop and kill")
    outcome = played(tmp_path, dovecot, postgres_server, faults)
    assert outcome.violations == (), f"AMENDS_SEED={SEED}"
    assert len(outcome.facts.cases) >= len(faults)
    # Otherwise nothing of theirs was at stake.
    assert takeovers(outcome.record) > 0, str(outcome)


def test_nodes_without_a_fence_are_caught(
    dovecot: PrivateDovecot, postgres_server: PrivatePostgres, tmp_path: Path
) -> None:
    faults: tuple[Fault, ...] = ("stop sending",) * 4
    outcome = played(tmp_path, dovecot, postgres_server, faults, "no-fence")
    broken = {one.name for one in outcome.violations}
    assert "committed after the lease ran out" in broken, str(outcome)


def test_faults_come_in_all_kinds_and_repeat_with_their_seed() -> None:
    found = faults_of(60, Random(7))
    assert found == faults_of(60, Random(7))
    assert set(found) == {"kill", "stop", "stop sending", "stop and kill"}
