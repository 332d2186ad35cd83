"""The crash table: for each step of the road, die there, run again, and count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from tests.shop import Shop


class Killed(BaseException):
    """The process ends here. Nothing of ours catches it."""


# step: what is called there, whether it was done before the end came, how many copies may leave
STEPS: dict[str, tuple[str, str, int]] = {
    "a mail is fetched, T1 not begun": ("service.watching.seen", "before", 1),
    "T1 written, not committed": ("storage.ledger.see", "after", 1),
    "T1 committed, the mailbox not noted": ("service.watching.seen", "after", 1),
    "all mails seen, none registered": ("service.daemon.register_waiting", "before", 1),
    "in T2, the sighting taken": ("storage.ledger.take", "after", 1),
    "in T2, everything written, not committed": ("storage.book.Book.flush", "after", 1),
    "T2 committed": ("service.daemon.register_waiting", "after", 1),
    "the letter rendered and composed, not stored": ("service.writing.freeze", "after", 1),
    "the letter queued, not committed": ("service.writing.queue", "after", 1),
    "the letter queued and committed": ("service.daemon.compose_promised", "after", 1),
    "the delivery claimed": ("service.delivering._begin", "before", 1),
    "sending, not committed": ("storage.outbox.begin_attempt", "after", 1),
    "sending committed, not dialed": ("mailer.carry.SmtpCarrier.carry", "before", 1),
    "accepted by the server, not written": ("mailer.carry.SmtpCarrier.carry", "after", 2),
    "accepted, written, not committed": ("service.delivering.stop_clocks", "after", 2),
    "accepted and committed": ("service.daemon.deliver_due", "after", 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_once(step: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    place, when, most = STEPS[step]
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    with monkeypatch.context() as patch:
        kill_at(patch, place, when)
        with pytest.raises(Killed):
            shop.serve()
    run_again(shop)
    letters = acknowledgments(shop.server)
    assert 1 <= len(letters) <= most
    assert len(set(letters)) == 1  # another copy is the same bytes
    assert_one_kept_case(shop)


def test_killed_twice_after_the_server_took_it_a_person_decides(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    for _ in range(2):
        with monkeypatch.context() as patch:
            kill_at(patch, "mailer.carry.SmtpCarrier.carry", "after")
            with pytest.raises(Killed):
                shop.serve()
        shop.let_leases_run_out()
    run_again(shop)
    run_again(shop)
    assert len(acknowledgments(shop.server)) == 2
    assert shop.kinds() == ["delivery_uncertain"]
    (clock,) = shop.case("KS2026-001")["clocks"]
    assert clock["state"] == "started"  # nobody knows that it was kept
    assert shop.faults() == {}


@pytest.mark.parametrize(
    "step", ["in T2, everything written, not committed", "accepted, written, not committed"]
)
def test_killed_while_a_rejection_is_registered_anew(
    step: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    jana = shop.customer(RING)
    jana.write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    shop.ask_approval("KS2026-001")
    jana.answer("Not accepted.")
    place, when, _ = STEPS[step]
    with monkeypatch.context() as patch:
        kill_at(patch, place, when)
        with pytest.raises(Killed):
            shop.serve()
    run_again(shop)
    assert shop.numbers() == ["KS2026-001", "KS2026-002"]  # no number is lost either
    assert [one["template"] for one in shop.case("KS2026-002")["letters"]] == ["registered_anew"]
    assert shop.faults() == {}


def kill_at(patch: pytest.MonkeyPatch, place: str, when: str) -> None:
    """The next call of `place` is the last thing this process does."""
    owner, _, name = place.rpartition(".")
    original: Callable[..., Any] = getattr(resolved(owner), name)

    def last_call(*args: Any, **options: Any) -> Any:
        if when == "after":
            original(*args, **options)
        raise Killed(place)

    async def last_call_async(*args: Any, **options: Any) -> Any:
        if when == "after":
            await original(*args, **options)
        raise Killed(place)

    is_async = name in ("carry", "deliver_due")
    patch.setattr(place, last_call_async if is_async else last_call)


def resolved(path: str) -> Any:
    """A module, or a class in one."""
    import importlib

    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        owner, _, name = path.rpartition(".")
        return getattr(importlib.import_module(owner), name)


def run_again(shop: Shop) -> None:
    """The next process: on PostgreSQL the leases of the dead one run out by themselves."""
    shop.let_leases_run_out()
    assert shop.serve() == ()


def acknowledgments(server: EmbeddedMail) -> list[bytes]:
    """The letters that reached the customer's server."""
    return [mail.raw for mail in server.received if mail.recipients == (RING.address,)]


def assert_one_kept_case(shop: Shop) -> None:
    """One case, one letter, its clock stopped by it, and a whole history."""
    assert shop.numbers() == ["KS2026-001"]
    case = shop.case("KS2026-001")
    assert [letter["state"] for letter in case["letters"]] == ["done"]
    (delivery,) = case["letters"][0]["deliveries"]
    assert delivery["state"] == "accepted"
    assert [clock["state"] for clock in case["clocks"]] == ["stopped"]
    assert [message["direction"] for message in case["messages"]] == ["in", "out"]
    assert shop.kinds() == []
    assert shop.faults() == {}
