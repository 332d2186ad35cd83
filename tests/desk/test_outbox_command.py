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


def _to_customers(shop: Shop) -> int:
    """How many letters left; what supervisors are told is no letter to a customer."""
    own = {row["email"] for row in shop.rows("users")} | {MAILBOX}
    return sum(one.recipients[0] not in own for one in shop.server.received)


def test_all_that_the_breaker_holds_goes_at_once(shop: Shop) -> None:
    """The breaker on both databases: masses of old mail look new, and a person lets them go."""
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    shop.clock.forward(days=-30)
    for number in range(25):
        sender = f"p{number}@shop{number}.example"
        raw = f"From: {sender}\r\nTo: {MAILBOX}\r\nSubject: no. {number}\r\n\r\nToo wide.\r\n"
        shop.server.deliver(MAILBOX, raw.encode())
    shop.clock.forward(days=30)
    sent = _to_customers(shop)
    assert shop.serve() == ()
    assert _to_customers(shop) == sent
    assert "old_mail_held" in shop.kinds()
    release = ("outbox", "release", "--all-of", "complaints")
    assert run(shop, *release, *BY).exit_code == 2  # a reason is needed
    told = run(shop, *release, "--why", "I have looked", *BY)
    assert (told.exit_code, told.output) == (0, "25 letters go their way\n")
    assert "old_mail_held" not in shop.kinds()
    assert shop.serve() == ()
    assert _to_customers(shop) == sent + 25
    assert run(shop, *release, "--why", "again", *BY).output == "0 letters go their way\n"
    wrong = ("outbox", "release", "--all-of", "nowhere", "--why", "x", *BY)
    assert run(shop, *wrong).exit_code != 0
    assert run(shop, "outbox", "release", "--why", "x", *BY).exit_code == 2
