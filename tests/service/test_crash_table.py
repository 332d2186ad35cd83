"""The crash table: for each step of the road, die there, run again, and count."""

from __future__ import annotations

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from tests.fault.points import ROAD, Point, strike
from tests.shop import Shop


class Killed(BaseException):
    """The process ends here. Nothing of ours catches it."""


@pytest.mark.parametrize("step", ROAD)
def test_killed_once(step: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    with monkeypatch.context() as patch:
        kill_at(patch, ROAD[step])
        with pytest.raises(Killed):
            shop.serve()
    run_again(shop)
    letters = acknowledgments(shop.server)
    assert 1 <= len(letters) <= ROAD[step].copies
    assert len(set(letters)) == 1  # another copy is the same bytes
    assert_one_kept_case(shop)


def test_killed_twice_after_the_server_took_it_a_person_decides(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    for _ in range(2):
        with monkeypatch.context() as patch:
            kill_at(patch, ROAD["accepted by the server, not written"])
            with pytest.raises(Killed):
                shop.serve()
        shop.let_leases_run_out()
    run_again(shop)
    run_again(shop)
    assert len(acknowledgments(shop.server)) == 2
    assert shop.kinds() == ["delivery_uncertain"]
    clock = shop.promise("KS2026-001")
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
    with monkeypatch.context() as patch:
        kill_at(patch, ROAD[step])
        with pytest.raises(Killed):
            shop.serve()
    run_again(shop)
    assert shop.numbers() == ["KS2026-001", "KS2026-002"]  # no number is lost either
    letters = [one["template"] for one in shop.case("KS2026-002")["letters"]]
    # The manager and the supervisor are told, too.
    assert letters == ["registered_anew", "objection", "objection"]
    assert shop.faults() == {}


def kill_at(patch: pytest.MonkeyPatch, point: Point) -> None:
    """This moment is the last of this process."""

    def end() -> None:
        raise Killed(point.place)

    strike(point, end, patch.setattr)


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
    assert shop.promise("KS2026-001")["state"] == "stopped"
    assert [message["direction"] for message in case["messages"]] == ["in", "out"]
    assert shop.kinds() == []
    assert shop.faults() == {}
