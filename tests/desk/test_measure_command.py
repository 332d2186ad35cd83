"""R-11, R-22, R-26: measures, check-off and stages by command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from storage import tables
from storage.book import Insert
from tests.desk.running import Desk
from tests.shop import VIEWER, Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("measures")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as opened:
        opened.clock.now = datetime.now(UTC)  # the commands ask the real clock
        opened.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
        assert opened.serve() == ()
        yield opened


def number(shop: Shop) -> str:
    return shop.numbers()[0]


def test_a_measure_is_added_moved_and_done_by_its_owner(shop: Shop, tmp_path: Path) -> None:
    desk, one = Desk(shop.config), number(shop)
    words = ("--kind", "corrective", "--text", "Change the tap", "--owner", MANAGER)
    made = desk.run("measure", "add", one, *words, "--due", "2030-03-01", "--as", MANAGER)
    measure = made.stdout.strip()
    moving = ("measure", "move", measure, "--as", MANAGER)
    assert desk.fault(*moving, "--owner", VIEWER, "--why", " ")[0] == 65
    assert "say another date or owner" in desk.fault(*moving, "--why", "later")[1]
    assert desk.run(*moving, "--owner", VIEWER, "--due", "2030-04-01", "--why", "x").exit_code == 0
    (owed,) = desk.json("measure", "list", "--owner", VIEWER)
    assert (owed["id"], owed["number"], owed["due_on"]) == (measure, one, "2030-04-01")
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"x" * 100_000)
    done = ("measure", "done", measure, "--as", VIEWER)
    assert "needs its evidence" in desk.fault(*done)[1]
    assert desk.run(*done, "--file", str(photo)).exit_code == 0
    assert desk.json("measure", "list", "--owner", VIEWER) == []
    assert "was done already" in desk.fault(*done, "--evidence", "again")[1]
    (found,) = desk.json("case", "show", one)["measures"]
    assert (found["owner"], found["due_on"], found["moved_why"]) == (VIEWER, "2030-04-01", "x")
    assert (found["files"][0]["name"], found["files"][0]["size"]) == ("photo.png", 100_000)
    assert desk.run("history", one, "--verify").stdout.endswith("equal to the tables\n")


def test_another_ones_measure_needs_the_right(shop: Shop) -> None:
    desk, one = Desk(shop.config), number(shop)
    words = ("--kind", "training", "--text", "Train", "--owner", MANAGER, "--due", "2030-03-01")
    measure = desk.run("measure", "add", one, *words, "--as", MANAGER).stdout.strip()
    told = desk.fault("measure", "done", measure, "--evidence", "x", "--as", VIEWER)[1]
    assert "vera is a viewer and may not do this (measure)" in told
    assert "measure" in desk.fault("measure", "move", measure, "--why", "x", "--as", VIEWER)[1]


def test_stages_and_disciplines_are_printed(shop: Shop) -> None:
    desk, one = Desk(shop.config), number(shop)
    shown = desk.json("case", "show", one)
    assert [part["key"] for part in shown["disciplines"]] == [f"D{n}" for n in range(1, 9)]
    assert len(shown["stages"]) == 5
    assert {"key", "name", "standing", "shows", "lacks"} == shown["stages"][0].keys()
    assert "Problem description" in desk.run("case", "show", one).stdout


def test_a_case_is_checked_off(shop: Shop) -> None:
    desk, one = Desk(shop.config), number(shop)
    words = ("case", "checked-off", one, "--reference", "C-1", "--as", MANAGER)
    assert "nothing was agreed" in desk.fault(*words)[1]
    row = {
        "id": shop.w.ids.next(),
        "customer_id": shop.rows("cases")[0]["customer_id"],
        "case_id": None,
        "name": "own_system",
        "value": "RingPort",
        "reason": "agreed",
        "actor": "test",
        "since": shop.clock.now,
    }
    with shop.w.happening("system", "test") as h:
        h.book.aside(Insert(tables.terms, row))
    shown = desk.json(*words)
    assert (shown["customer_reference"], shown["recorded_there_by"]) == ("C-1", "user:li")


def test_a_call_without_goods(shop: Shop) -> None:
    desk = Desk(shop.config)
    words = ("--contact", RING.address, "--subject", "Burr", "--text", "A burr.", "--as", MANAGER)
    new = desk.run("case", "new", *words, "--no-goods", "a drawing").stdout.strip()
    clocks = {one["clock"]: one for one in desk.json("clock", "list", new)}
    assert clocks["containment"]["state"] == "cancelled"
    assert clocks["containment"]["reason"] == "a drawing"
