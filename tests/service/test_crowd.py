"""Who writes much waits behind those who do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demo.shop import MAILBOX, PLATE
from intake.mailbox.imap import Fetched
from service.crowd import Crowd, claimed_sender
from service.customers import Person
from service.registrar import BATCH, register_waiting
from service.seeing import seen
from tests.shop import EVE, Shop


@pytest.mark.parametrize(
    ("data", "sender"),
    [
        (b"Subject: x\r\nFrom: Eve <EVE@x.test>\r\n\r\nfrom: a@b.test", b"eve@x.test"),
        (b"from: eve@x.test\r\n\r\n", b"eve@x.test"),
        (b'From: "a@b.test"\r\n <eve@x.test>\r\nTo: c@d.test\r\n\r\n', b"eve@x.test"),
        (b"X-From: a@b.test\r\n\r\nFrom: eve@x.test", b""),
        (b"From: nobody\r\n\r\n", b""),
        (b"", b""),
    ],
)
def test_the_sender_at_first_sight(data: bytes, sender: bytes) -> None:
    assert claimed_sender(data) == sender


def test_only_who_has_many_waiting_is_put_behind() -> None:
    crowd = Crowd()
    crowd.came((f"eve {n}", b"From: e@x.test\r\n\r\n") for n in range(3))
    crowd.came((f"bob {n}", b"From: b@x.test\r\n\r\n") for n in range(2))
    crowd.came([("bob 0", b"From: b@x.test\r\n\r\n"), ("nameless", b"")])
    assert crowd.others(3, 10) == []
    assert crowd.others(2, 10) == ["bob 0", "bob 1"]
    assert crowd.others(2, 1) == ["bob 0"]
    crowd.gone(["eve 1", "bob 0", "unknown"])
    assert crowd.others(2, 10) == []
    assert crowd.others(1, 10) == ["bob 1"]


def _mail(who: Person, number: int) -> bytes:
    lines = (
        f"From: {who.name} <{who.address}>",
        f"To: {MAILBOX}",
        f"Subject: Complaint {number}",
        "",
        f"Part number {number} is bent.",
        "",
    )
    return "\r\n".join(lines).encode()


def test_a_mail_behind_a_flood_is_in_the_next_batch(sqlite_shop: Shop) -> None:
    shop, at = sqlite_shop, sqlite_shop.clock.now
    flood = [Fetched(n, at, _mail(EVE, n)) for n in range(1, 6 * BATCH)]
    seen(shop.w, "complaints", 1, flood)
    register_waiting(shop.w)
    seen(shop.w, "complaints", 1, [Fetched(1000, at + timedelta(seconds=1), _mail(PLATE, 1000))])
    register_waiting(shop.w)
    uids = {row["uid"] for row in shop.rows("sightings") if row["state"] == "registered"}
    assert uids == {*range(1, 2 * BATCH), 1000}
    while register_waiting(shop.w):
        pass
    assert {row["state"] for row in shop.rows("sightings")} == {"registered"}
    assert shop.faults() == {}
