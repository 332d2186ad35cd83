"""R-46: a day's seal finds out who writes a whole chain anew, where the chain itself cannot."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from demo.shop import MAILBOX, PLATE, RING
from desk.cli import main
from service.sealing import seal_yesterday
from storage import history as record
from storage import seals, tables
from storage.book import GENESIS
from storage.changes import chain_hash
from storage.database import Connection
from tests.shop import Shop


@pytest.fixture
def sealed(shop: Shop) -> Shop:
    """Two cases on two days, each day sealed."""
    for person in (RING, PLATE):
        shop.customer(person).write(MAILBOX, f"Parts of {person.name}", "They are bent.")
        assert shop.serve() == ()
        shop.clock.forward(days=1)
    assert shop.serve() == ()
    return shop


def faults(shop: Shop) -> list[str]:
    with shop.w.db.read() as connection:
        return seals.faults(connection)


def write_anew(tx: Connection, case_id: int) -> None:
    """What somebody with all rights and this source would do: another actor, a chain that fits."""
    table, previous = tables.history, GENESIS
    for row in tx.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.seq)):
        values = {**row._mapping, "actor": "customer:nobody@example.com", "previous_hash": previous}
        same = (table.c.case_id == case_id) & (table.c.seq == row.seq)
        tx.execute(update(table).where(same).values(values))
        previous = chain_hash(values)
    head = update(tables.cases).where(tables.cases.c.id == case_id)
    tx.execute(head.values(history_hash=previous))


def test_each_day_has_one_seal_of_the_company_s_day(sealed: Shop) -> None:
    rows = sealed.rows("seals")
    assert [(str(row["day"]), row["cases"]) for row in rows] == [
        ("2026-03-01", 0),
        ("2026-03-02", 1),
        ("2026-03-03", 2),
    ]
    # Midnight in Berlin.
    assert f"{rows[1]['sealed_at']:%Y-%m-%d %H:%M}" == "2026-03-02 23:00"
    assert seal_yesterday(sealed.w) is False
    assert faults(sealed) == []


def test_what_happens_later_breaks_no_seal(sealed: Shop) -> None:
    sealed.confirm("KS2026-001")
    sealed.clock.forward(days=2)
    sealed.serve()
    assert faults(sealed) == []


def test_the_hour_behind_midnight_is_waited_for(shop: Shop) -> None:
    shop.clock.forward(hours=14, minutes=59)  # 00:59 in Berlin
    assert seal_yesterday(shop.w) is True  # of the day before
    shop.clock.forward(minutes=1)
    assert seal_yesterday(shop.w) is True
    assert [str(row["day"]) for row in shop.rows("seals")] == ["2026-03-01", "2026-03-02"]


def test_a_chain_that_was_written_anew_is_found(sealed: Shop) -> None:
    first = int(sealed.case("KS2026-001")["id"])
    with sealed.w.db.write() as tx:
        write_anew(tx, first)
        assert record.faults(tx, first) == ()  # the chain alone says nothing
    assert [fault[:22] for fault in faults(sealed)] == [
        "the seal of 2026-03-02",
        "the seal of 2026-03-03",
    ]


def test_a_case_that_was_taken_out_is_found(sealed: Shop) -> None:
    last = int(sealed.case("KS2026-002")["id"])
    with sealed.w.db.write() as tx:
        for table in (tables.history_payloads, tables.history):
            tx.execute(delete(table).where(table.c.case_id == last))
    assert len(faults(sealed)) == 1


def test_a_seal_that_was_taken_out_is_found(sealed: Shop) -> None:
    day = sealed.rows("seals")[1]["day"]
    with sealed.w.db.write() as tx:
        tx.execute(delete(tables.seals).where(tables.seals.c.day == day))
    assert len(faults(sealed)) == 1


def test_the_command_checks_all(sealed: Shop) -> None:
    words = ["--config", str(sealed.config), "history", "--verify"]
    told = CliRunner().invoke(main, words)
    assert (told.exit_code, told.output) == (0, "2 cases and 3 daily seals: whole\n")
    with sealed.w.db.write() as tx:
        write_anew(tx, int(sealed.case("KS2026-001")["id"]))
    told = CliRunner().invoke(main, [*words, "--json"])
    assert told.exit_code == 76
    found = json.loads(told.output)
    assert (found["whole"], len(found["faults"])) == (False, 2)
    assert CliRunner().invoke(main, ["--config", str(sealed.config), "history"]).exit_code == 2
