"""A flood of one sender, with two bombs in it: all is kept, and nobody else notices."""

from __future__ import annotations

from pathlib import Path

from tests.fault.flood import run
from tests.servers.dovecot import PrivateDovecot
from tests.servers.smtp_sink import SmtpSink


def test_a_flood_is_kept_and_nobody_else_notices(
    dovecot: PrivateDovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    outcome = run(tmp_path, url, dovecot, smtp_sink, mails=200, seed=1, slow_seconds=1)
    print(outcome)  # noqa: T201 - pytest shows it when the test fails
    assert outcome.faults == []
    assert outcome.to_flooder == 5
    assert outcome.others > 40
