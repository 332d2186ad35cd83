"""amends outbox stop and start, and letters that leave at a moment of one's own."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from demo.shop import MAILBOX, MANAGER, RING
from desk.cli import main
from tests.shop import Shop

BY = ("--as", MANAGER)


def run(shop: Shop, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(shop.config), *words])


def test_everything_stops_and_goes_on(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    assert run(shop, "outbox", "stop", "--why", "wrong template", *BY).exit_code == 0
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    assert shop.server.messages(RING.address) == []
    listed = run(shop, "outbox", "list")
    assert "stopped by user:li since" in listed.stderr
    assert "wrong template" in listed.stderr
    assert run(shop, "outbox", "stop", "--why", "again", *BY).exit_code != 0
    assert run(shop, "outbox", "start", "--why", "mended", *BY).exit_code == 0
    assert shop.serve() == ()
    assert len(shop.server.messages(RING.address)) == 1
    assert run(shop, "outbox", "list").stderr == ""


def test_a_letter_at_a_moment(sqlite_shop: Shop, tmp_path: Path) -> None:
    shop = sqlite_shop
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    words = ("letter", "KS2026-001", "--template", "acknowledgment", "--send", *BY)
    wrong = run(shop, *words, "--at", "tomorrow")
    assert wrong.exit_code != 0
    assert "is no moment" in wrong.stderr
    # The command asks the real clock, on which that day is past.
    assert "still to come" in run(shop, *words, "--at", "2026-03-03T09:00").stderr
