"""R-30: a case like an earlier one is shown with the reason, once, and a person decides."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from sqlalchemy import select

from cases.errors import BadInput
from demo.shop import MANAGER, PLATE, RING
from service.comparing import compare_all, compare_due
from service.people import act
from service.recurrences import dismiss_recurrence, link_recurrence
from service.sorting import dismiss, merge, split, unmerge
from storage import comparing, tables
from storage.recurrences import counted
from tests.acts import set_case
from tests.reading.drawn import drawn
from tests.shop import START, Shop
from tests.web import arrive, complaint

ONE, TWO, THREE = "KS2026-001", "KS2026-002", "KS2026-003"


def wide(words: str, part: str = "21154") -> bytes:
    return complaint(f"Part number {part}", words)


def hints(shop: Shop, number: str) -> list[tuple[str, str]]:
    return [(one["other"], one["state"]) for one in shop.case(number)["recurrences"]]


def came_twice(shop: Shop) -> Shop:
    arrive(shop, wide("The thread M2.5 is too wide, screws cannot be tightened."))
    shop.clock.forward(days=41)
    arrive(shop, wide("Die Gewinde sind schon wieder zu groß."))
    return shop


def test_it_is_shown_with_its_reason_and_linked(shop: Shop) -> None:
    """On both cases, in both histories' order, and once however often it is looked for."""
    came_twice(shop)
    assert hints(shop, TWO) == [(ONE, "open")]
    assert hints(shop, ONE) == [(TWO, "open")]
    (hint,) = shop.case(TWO)["recurrences"]
    assert hint["reason"] == (
        "same part 21154 of the same customer 41 days before; the same defect: thread, too large"
    )
    assert hint["again"]
    assert not shop.case(ONE)["recurrences"][0]["again"]
    compare_all(shop.w)
    assert len(shop.rows("recurrences")) == 1
    assert shop.rows("to_compare") == []
    with act(shop.w, MANAGER, "recurrence") as h:
        link_recurrence(h, TWO, ONE, "same gauge")
    assert hints(shop, ONE) == [(TWO, "linked")]
    with pytest.raises(BadInput, match="linked already"), act(shop.w, MANAGER, "recurrence") as h:
        link_recurrence(h, ONE, TWO)
    with shop.w.db.read() as connection:
        assert counted(connection, START, shop.clock.now) == 0  # it came at this very moment
        shop.clock.forward(days=1)
        assert counted(connection, START, shop.clock.now) == 1
    assert shop.faults() == {}


def test_what_was_dismissed_stays_so(shop: Shop) -> None:
    came_twice(shop)
    with act(shop.w, MANAGER, "recurrence") as h:
        dismiss_recurrence(h, TWO, ONE)
    set_case(shop.w, TWO, {"lot": "7", "reason_customer": "thread too wide"}, MANAGER, line=1)
    assert shop.serve() == ()
    assert hints(shop, TWO) == [(ONE, "dismissed")]
    assert shop.faults() == {}


def test_a_part_that_a_manager_fills_in_is_looked_for(shop: Shop) -> None:
    """And a hint that rested on a wrong part is taken back."""
    arrive(shop, wide("The thread is too wide."))
    shop.clock.forward(days=3)
    arrive(shop, complaint("Not good", "Thread oversize."))
    assert hints(shop, TWO) == []
    set_case(shop.w, TWO, {"part_number": "21154"}, MANAGER, line=1)
    assert shop.serve() == ()
    assert hints(shop, TWO) == [(ONE, "open")]
    set_case(shop.w, TWO, {"part_number": "30000"}, MANAGER, line=1)
    assert shop.serve() == ()
    assert hints(shop, TWO) == []
    set_case(shop.w, TWO, {"part_number": "21154"}, MANAGER, line=1)
    assert shop.serve() == ()
    assert hints(shop, TWO) == [(ONE, "open")]
    assert shop.faults() == {}


def test_other_parts_defects_and_customers_are_no_recurrence(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    arrive(shop, wide("The thread is too wide."))
    arrive(shop, wide("The thread is too wide here.", "21155"))
    arrive(shop, wide("The surface is scratched."))
    shop.customer(PLATE).write("complaints@parts.example", "21154", "The thread is too wide.")
    assert shop.serve() == ()
    assert shop.rows("recurrences") == []


def test_merged_dismissed_and_split_cases_are_none(sqlite_shop: Shop) -> None:
    shop = came_twice(sqlite_shop)
    with act(shop.w, MANAGER, "merge") as h:
        merge(h, TWO, ONE, "the same mail twice")
    assert shop.serve() == ()
    assert hints(shop, ONE) == []
    with act(shop.w, MANAGER, "merge") as h:
        unmerge(h, TWO, "it is another one")
    assert shop.serve() == ()
    assert hints(shop, ONE) == [(TWO, "open")]
    with act(shop.w, MANAGER, "dismiss") as h:
        dismiss(h, TWO, "an old mail")
    assert shop.serve() == ()
    assert hints(shop, ONE) == []
    (mail, *_) = [one for one in shop.case(ONE)["messages"] if one["direction"] == "in"]
    with act(shop.w, MANAGER, "split") as h:
        split(h, int(mail["id"]))
    assert shop.serve() == ()
    assert [row["state"] for row in shop.rows("recurrences") if row["reason"][:5] == "split"] == [
        "apart"
    ]
    assert hints(shop, THREE) == []
    assert shop.faults() == {}


def test_a_chain_of_registrations_is_one_story(sqlite_shop: Shop) -> None:
    """R-28: what is registered anew is not a recurrence of what it continues."""
    shop = came_twice(sqlite_shop)
    one, two = (next(r["id"] for r in shop.rows("cases") if r["number"] == n) for n in (ONE, TWO))
    with shop.w.db.write() as tx:
        tx.execute(tables.cases.update().where(tables.cases.c.id == two).values(predecessor_id=one))
        tx.execute(tables.cases.update().where(tables.cases.c.id == one).values(successor_id=two))
        assert comparing.one_story(tx, one) == {one, two}
        tx.execute(tables.to_compare.insert().values(case_id=two))
    compare_due(shop.w)
    assert hints(shop, TWO) == []


def test_two_nodes_find_it_once(shop: Shop) -> None:
    came_twice(shop)
    with shop.w.db.write() as tx:
        tx.execute(tables.recurrences.delete())
        ids = list(tx.scalars(select(tables.cases.c.id)))
        tx.execute(tables.to_compare.insert(), [{"case_id": one} for one in ids])
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: compare_all(shop.w), range(4)))
    assert len(shop.rows("recurrences")) == 1
    assert shop.rows("to_compare") == []


# --- pictures


def with_picture(subject: str, text: str, *pictures: bytes) -> bytes:
    files = {f"{n}.jpg": ("image/jpeg", one) for n, one in enumerate(pictures)}
    return complaint(subject, text, files=files)


def test_the_same_picture_saved_anew(shop: Shop) -> None:
    """Whatever the part; and a bomb or a broken file harms nobody and is opened once."""
    arrive(shop, with_picture("Part number 11", "It is bent.", drawn("bent")))
    shop.clock.forward(days=200)
    flat = io.BytesIO()
    Image.new("L", (9000, 9000)).save(flat, "PNG")
    arrive(
        shop,
        with_picture("Part number 12", "See this.", drawn("bent", "small"), flat.getvalue(), b"x"),
    )
    (hint,) = shop.case(TWO)["recurrences"]
    assert (hint["other"], hint["reason"]) == (ONE, f"the same picture as in {ONE}")
    sights = {row["sha256"]: row for row in shop.rows("picture_sights")}
    assert sum(bool(row["sights"]) for row in sights.values()) == 2
    assert all(row["sights"] or row["why"] for row in sights.values())
    assert shop.faults() == {}


def test_hints_are_of_this_customer(sqlite_shop: Shop) -> None:
    """But a picture is a picture, whoever sends it."""
    shop = sqlite_shop
    arrive(shop, with_picture("Part number 11", "It is bent.", drawn("bent")))
    theirs = with_picture("Part number 11", "It is bent.", drawn("bent", "png"))
    arrive(shop, theirs.replace(RING.address.encode(), PLATE.address.encode()))
    (hint,) = shop.case(TWO)["recurrences"]
    assert hint["reason"] == f"the same picture as in {ONE}"
