"""Two nodes on one PostgreSQL: one sender a delivery, and who lost the lease commits nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from demo.shop import MAILBOX, RING
from mailer.carry import Outcome
from mailer.remember import RememberingCarrier
from service.delivering import deliver_due, find_adrift
from service.registrar import register_waiting
from service.watching import Watch
from service.wiring import Wiring
from service.writing import compose_promised
from storage import outbox
from tests.servers.postgres import PrivatePostgres
from tests.service.second_node import second_node
from tests.shop import Shop, open_shop

REFUSED = Outcome("refused", 550, "5.1.1 no such user")


@pytest.fixture
def shop(tmp_path: Path, postgres_server: PrivatePostgres) -> Iterator[Shop]:
    with postgres_server.fresh_database() as url, open_shop(tmp_path, url) as opened:
        yield opened


def complaints(shop: Shop, count: int) -> None:
    for number in range(count):
        shop.customer(RING).write(MAILBOX, f"Complaint {number}", "It is bent.")
    Watch(shop.w, shop.w.settings.mailbox[0]).look()
    while register_waiting(shop.w):
        pass


def send_all(w: Wiring) -> list[tuple[str, str, bytes]]:
    carrier = RememberingCarrier()
    idle = 0
    while idle < 3:  # what the other has locked at this moment is skipped
        compose_promised(w)
        idle = 0 if asyncio.run(deliver_due(w, carrier)) else idle + 1
    return carrier.mails


def test_each_letter_is_composed_and_sent_once(shop: Shop) -> None:
    rules = shop.w.settings.outbox.model_copy(update={"promises_per_hour": 100})
    settings = shop.w.settings.model_copy(update={"outbox": rules})
    object.__setattr__(shop.w, "settings", settings)
    complaints(shop, 16)
    with second_node(shop) as other, ThreadPoolExecutor(2) as threads:
        sent = [mail for some in threads.map(send_all, (shop.w, other)) for mail in some]
    assert Counter(Counter(sent).values()) == {1: 16}
    rows = shop.rows("deliveries")
    assert {(row["state"], row["copies"], row["attempts"]) for row in rows} == {("accepted", 1, 1)}
    assert shop.faults() == {}


class Sleeps(RememberingCarrier):
    """Stopped beyond its lease at one moment of the dialogue, then continued."""

    def __init__(self, meanwhile: Any, *outcomes: Outcome, before_dot: bool = False) -> None:
        super().__init__(*outcomes)
        self.meanwhile, self.before_dot = meanwhile, before_dot

    async def carry(self, *args: Any, **options: Any) -> Outcome:
        if self.before_dot:
            await asyncio.to_thread(self.meanwhile)
        outcome = await super().carry(*args, **options)
        if not self.before_dot:
            await asyncio.to_thread(self.meanwhile)
        return outcome


def test_who_slept_before_the_dot_does_not_send(shop: Shop) -> None:
    complaints(shop, 1)
    compose_promised(shop.w)
    with second_node(shop) as other:
        taken = RememberingCarrier()

        def meanwhile() -> None:
            shop.let_leases_run_out()
            assert find_adrift(other) == 1
            assert asyncio.run(deliver_due(other, taken)) == 1

        slept = Sleeps(meanwhile, before_dot=True)
        asyncio.run(deliver_due(shop.w, slept))
    assert slept.mails == []
    assert len(taken.mails) == 1
    (row,) = shop.rows("deliveries")
    assert (row["state"], row["copies"]) == ("accepted", 1)
    assert shop.faults() == {}


def test_who_slept_after_the_dot_commits_nothing(shop: Shop) -> None:
    """It hears a refusal; by then the other node has sent the letter, and that stands."""
    complaints(shop, 1)
    compose_promised(shop.w)
    with second_node(shop) as other:
        taken = RememberingCarrier()

        def meanwhile() -> None:
            shop.let_leases_run_out()
            assert find_adrift(other) == 1  # it may have arrived: uncertain, so once more
            assert asyncio.run(deliver_due(other, taken)) == 1

        asyncio.run(deliver_due(shop.w, Sleeps(meanwhile, REFUSED)))
    (row,) = shop.rows("deliveries")
    assert (row["state"], row["copies"], len(taken.mails)) == ("accepted", 2, 1)
    assert shop.kinds() == []  # nothing of the refusal was written
    clock = shop.promise("KS2026-001")
    assert clock["state"] == "stopped"
    assert shop.faults() == {}


def test_a_stop_by_one_node_stops_the_other(shop: Shop) -> None:
    from service.posting import stop_all

    complaints(shop, 1)
    compose_promised(shop.w)
    with shop.w.happening("user:li", "act:outbox") as h:
        stop_all(h, "wrong words")
    with second_node(shop) as other:
        assert asyncio.run(deliver_due(other, RememberingCarrier())) == 0


def test_what_took_longer_than_the_claim_is_taken_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It held when we looked, and the server was slow then: the last look is before the commit."""
    complaints(shop, 1)
    compose_promised(shop.w)
    monkeypatch.setattr(outbox, "outlives", lambda tx, delivery: False)
    assert asyncio.run(deliver_due(shop.w, RememberingCarrier())) == 1
    (row,) = shop.rows("deliveries")
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert shop.rows("attempts") == []
    assert shop.faults() == {}
