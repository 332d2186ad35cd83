"""P1 and P7, the short run: the real service, a real Dovecot, SIGKILL at random moments."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from tests.fault.installation import REAL, Installation
from tests.fault.kills import run
from tests.servers.dovecot import PrivateDovecot
from tests.servers.smtp_sink import SmtpSink

# AMENDS_SEED repeats a run that failed; its seed stands in the message.
SEED = int(os.environ.get("AMENDS_SEED") or random.SystemRandom().randrange(1_000_000))


def installation(
    folder: Path, dovecot: PrivateDovecot, sink: SmtpSink, command: tuple[str, ...] = REAL
) -> Installation:
    url = f"sqlite:///{folder / 'amends.sqlite'}"
    return Installation(folder, url, dovecot.fresh_user(), dovecot.imap_port, sink.port, command)


def test_twenty_kills_lose_nothing_and_double_nothing(
    dovecot: PrivateDovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    outcome = run(installation(tmp_path, dovecot, smtp_sink), smtp_sink, n=20, seed=SEED)
    print(outcome)  # noqa: T201 - pytest shows it when the test fails
    assert outcome.violations == (), f"AMENDS_SEED={SEED}"
    assert outcome.mails >= 20
    # Kills that all came before or after the work would prove nothing.
    assert len(+outcome.stages) >= 3, outcome.stages


def test_a_service_that_is_done_before_it_registered_is_caught(
    dovecot: PrivateDovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    wrong = (sys.executable, "-m", "tests.fault.wrong", "done-first")
    shop = installation(tmp_path, dovecot, smtp_sink, wrong)
    outcome = run(shop, smtp_sink, n=5, seed=1, longest=0.5)
    assert "mail lost" in {violation.name for violation in outcome.violations}, str(outcome)
