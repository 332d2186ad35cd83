"""Connections that break, end, fall silent and dawdle: nothing lost, nothing truncated or stuck."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.fault.cuts import run
from tests.servers.dovecot import PrivateDovecot
from tests.servers.smtp_sink import SmtpSink

# AMENDS_SEED repeats a run that failed; its seed stands in the message.
SEED = int(os.environ.get("AMENDS_SEED") or random.SystemRandom().randrange(1_000_000))


def test_some_cuts_lose_nothing_and_hold_nothing_up(
    dovecot: PrivateDovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    outcome = run(tmp_path, url, dovecot, smtp_sink, n=12, seed=SEED, trouble_seconds=2)
    print(outcome)  # noqa: T201 - pytest shows it when the test fails
    assert outcome.faults == [], f"AMENDS_SEED={SEED}"
    assert outcome.mails >= 5
    assert {server for server, _, _ in outcome.hurts} == {"IMAP", "SMTP"}
    assert outcome.stuck < 30
