"""A flood by one sender: one case collects it, and nobody else notices (R-20)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demo.shop import MAILBOX, PLATE, RING
from intake.mailbox.imap import Fetched
from service.bursts import BURST, in_burst
from service.customers import Person
from service.judge import Place
from service.registrar import register_waiting
from service.seeing import seen
from service.writing import compose_promised
from tests.shop import EVE, START, Shop


def test_only_what_would_make_a_case_is_collected() -> None:
    new, joins, aside = Place("new complaint"), Place("token", 7), Place("own", aside=True)
    assert in_burst(new, 19, 20) == new
    assert in_burst(new, 20, 20).reason == BURST
    assert in_burst(joins, 500, 20) == joins
    assert in_burst(aside, 500, 20) == aside


def _word(number: int) -> str:
    """Numbers in letters: the same words twice would be a robot's, numbers aside."""
    return "".join(chr(97 + int(digit)) for digit in str(number))


def mail(who: Person, number: int, reply_to: str = "") -> bytes:
    lines = (
        f"From: {who.name} <{who.address}>",
        f"To: {MAILBOX}",
        f"Subject: Complaint {number}",
        f"Message-ID: <{number}@{who.address.rpartition('@')[2]}>",
        *([f"In-Reply-To: {reply_to}"] if reply_to else []),
        "",
        f"Part {_word(number)} is bent.",
        "",
    )
    return "\r\n".join(lines).encode()


def arrive(shop: Shop, mails: list[bytes], *, every: timedelta = timedelta(seconds=1)) -> None:
    first = len(shop.rows("sightings")) + 1
    at = shop.clock.now
    some = [Fetched(first + n, at + every * n, one) for n, one in enumerate(mails)]
    shop.clock.now = at + every * len(mails)
    seen(shop.w, "complaints", 1, some)
    while register_waiting(shop.w):
        pass
    while compose_promised(shop.w):
        pass


def test_a_flood_is_kept_whole_in_one_case_with_five_acknowledgments(shop: Shop) -> None:
    arrive(shop, [mail(EVE, n) for n in range(120)])
    arrive(shop, [mail(PLATE, 0)])
    numbers = shop.numbers()
    assert len(numbers) == 22  # 20 cases, the one of the burst, and the other customer's
    burst = shop.case(numbers[20])
    assert len(burst["messages"]) == 100
    assert [task["kind"] for task in burst["tasks"]] == ["burst"]
    assert [clock["state"] for clock in burst["clocks"]] == ["started"]
    assert burst["letters"] == []
    queued = [row for row in shop.rows("deliveries") if row["address"] == EVE.address]
    assert len(queued) == 5
    other = shop.case(numbers[21])
    assert [letter["state"] for letter in other["letters"]] == ["queued"]
    assert shop.faults() == {}


def test_a_known_customer_floods_as_well(sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, [mail(RING, n) for n in range(60)])
    assert len(sqlite_shop.numbers()) == 21
    assert len(sqlite_shop.rows("deliveries")) == 5


def test_a_later_flood_within_a_day_goes_to_the_same_case(sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, [mail(EVE, n) for n in range(30)])
    sqlite_shop.clock.forward(minutes=10)
    arrive(sqlite_shop, [mail(EVE, n) for n in range(30, 40)])
    assert len(sqlite_shop.numbers()) == 21
    assert sqlite_shop.kinds().count("burst") == 1


def test_who_writes_slowly_is_no_flood(sqlite_shop: Shop) -> None:
    """Also when all arrive in one batch, as after a week without the service."""
    arrive(sqlite_shop, [mail(RING, n) for n in range(25)], every=timedelta(minutes=4))
    assert len(sqlite_shop.numbers()) == 25


def test_replies_in_a_flood_find_their_case(sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, [mail(RING, n) for n in range(25)])
    arrive(sqlite_shop, [mail(RING, 100, "<0@sensorik.example>")])
    assert len(sqlite_shop.case("KS2026-001")["messages"]) >= 2
    came = [m for m in sqlite_shop.case("KS2026-001")["messages"] if m["direction"] == "in"]
    assert len(came) == 2


def test_when_the_burst_is_dealt_with_mails_are_cases_again(sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, [mail(EVE, n) for n in range(30)])
    sqlite_shop.clock.forward(hours=2)
    arrive(sqlite_shop, [mail(EVE, 100)])
    assert len(sqlite_shop.numbers()) == 22


@pytest.mark.parametrize("count", [20, 21])
def test_the_measure_is_the_setting(count: int, sqlite_shop: Shop) -> None:
    arrive(sqlite_shop, [mail(EVE, n) for n in range(count)])
    assert sqlite_shop.kinds().count("burst") == (count > 20)
    assert sqlite_shop.clock.now - START < timedelta(hours=1)
