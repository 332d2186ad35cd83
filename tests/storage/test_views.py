"""What people look at: plain values, ready for a page or for JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from storage import casefile, views
from storage import tables as t
from storage.changes import Insert, Update
from storage.database import Database
from tests.storage.rows import (
    NOW,
    keep_raw,
    new_case,
    new_deliveries,
    new_id,
    new_letter,
    record,
    row,
    writing,
)

# Two rows of the company's data sheet: one complaint about two orders.
DATA_SHEET: Final = """\
complaint_no,po_pi_no,part_name,complaint_date,qty_pcs,complaint_qty_pcs,reason
KS2024-025,23016640,21154,4-Jul-24,25,25,surface not perfectly flat
KS2024-025,23016643,21152,4-Jul-24,220,220,surface not perfectly flat
"""


def show(db: Database, number: str) -> dict[str, Any]:
    with db.read() as connection:
        return views.case_show(connection, casefile.by_number(connection, number))


def as_json(value: Any) -> Any:
    """Through JSON and back, unchanged: nothing in it that JSON does not know."""
    back = json.loads(json.dumps(value, allow_nan=False))
    assert back == value
    return back


def test_ks2024_025_keeps_both_of_its_lines(db: Database) -> None:
    case = row(t.cases, number="KS2024-025", series="KS", year=2024)
    lines = [
        row(
            t.lines,
            case_id=case["id"],
            position=position,
            po_pi_no=line["po_pi_no"],
            part_name=line["part_name"],
            quantity_delivered=Decimal(line["qty_pcs"]),
            quantity_complained=Decimal(line["complaint_qty_pcs"]),
            reason_customer=line["reason"],
        )
        for position, line in enumerate(csv.DictReader(io.StringIO(DATA_SHEET)), start=1)
    ]
    with writing(db) as book:
        rows = [Insert(t.cases, case), *(Insert(t.lines, line) for line in lines)]
        record(book, case["id"], *rows, kind="registered")
    shown = as_json(show(db, "KS2024-025"))["lines"]
    names = ("position", "po_pi_no", "part_name", "quantity_delivered", "quantity_complained")
    assert [tuple(line[name] for name in names) for line in shown] == [
        (1, "23016640", "21154", "25", "25"),
        (2, "23016643", "21152", "220", "220"),
    ]
    with db.read() as connection:
        held = casefile.lines(connection, case["id"])
    assert [line["quantity_complained"] for line in held] == [Decimal(25), Decimal(220)]


@pytest.fixture
def full(db: Database) -> int:
    """KS2026-001 with something in every table that hangs on a case, and KS2026-002 before it."""
    customer = row(t.customers, name="Ring GmbH", code="RK29")
    contact = row(t.contacts, customer_id=customer["id"], address="wei@ring.example", name="Wei")
    with writing(db) as book:
        book.aside(Insert(t.customers, customer), Insert(t.contacts, contact))
    before = new_case(db, number="KS2026-002", state="re_registered")
    case_id = new_case(
        db,
        number="KS2026-001",
        state="registered",
        manager="li",
        customer_id=customer["id"],
        contact_id=contact["id"],
        predecessor_id=before,
        order_value=Decimal("1200.50"),
        team=["li", "sam"],
        closed_at=NOW,
    )
    new_deliveries(db, case_id, 2, address="wei@ring.example")
    new_letter(db, case_id, template="acknowledgment", facts={"options": [{"letter": "A"}]})
    with writing(db) as book:
        message = row(t.messages, case_id=case_id, raw_sha256=keep_raw(book), subject="表面不平")
        picture = row(t.attachments, case_id=case_id, message_id=message["id"], name="a.jpg")
        measure = row(t.measures, case_id=case_id, due_on=date(2026, 4, 1))
        task = row(t.tasks, case_id=case_id, message_id=message["id"], suggestion={"link": "KS"})
        rows = (
            (t.messages, message),
            (t.attachments, picture),
            (t.measures, measure),
            (t.tasks, task),
            (t.clocks, row(t.clocks, case_id=case_id, name="acknowledgment", strikes_at=NOW)),
            (t.answers, row(t.answers, case_id=case_id, verdict="approve")),
            (t.lines, row(t.lines, case_id=case_id, position=1)),
            (t.solutions, row(t.solutions, case_id=case_id)),
        )
        record(book, case_id, *(Insert(table, values) for table, values in rows))
    return case_id


@pytest.mark.usefixtures("full")
def test_a_case_shows_all_that_hangs_on_it(db: Database) -> None:
    shown = as_json(show(db, "KS2026-001"))
    assert shown["number"] == "KS2026-001"
    assert shown["customer"] == {"code": "RK29", "name": "Ring GmbH"}
    assert shown["contact"] == {"address": "wei@ring.example", "name": "Wei"}
    assert (shown["predecessor"], shown["successor"]) == ("KS2026-002", None)
    assert (shown["order_value"], shown["team"]) == ("1200.50", ["li", "sam"])
    assert shown["closed_at"] == "2026-03-02T09:00:00.000000+00:00"
    assert [len(letter["deliveries"]) for letter in shown["letters"]] == [2, 0]
    assert [m["subject"] for m in shown["messages"]] == ["表面不平"]
    assert [a["name"] for m in shown["messages"] for a in m["attachments"]] == ["a.jpg"]
    assert [c["name"] for c in shown["clocks"]] == ["acknowledgment"]
    assert shown["tasks"][0]["suggestion"] == {"link": "KS"}
    assert shown["measures"][0]["due_on"] == "2026-04-01"
    assert shown["answers"][0]["verdict"] == "approve"
    assert len(shown["lines"]) == 1


@pytest.mark.usefixtures("full")
def test_what_belongs_to_the_machine_is_not_shown(db: Database) -> None:
    names = set(_names(show(db, "KS2026-001")))
    assert not names & {"history_seq", "history_hash", "lease_owner", "lease_until", "fence"}


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for one in value.values() for name in _names(one))]
    return [name for one in value for name in _names(one)] if isinstance(value, list) else []


@pytest.mark.usefixtures("full")
def test_ids_survive_readers_with_short_integers(db: Database) -> None:
    """63 bits are more than JavaScript's numbers hold exactly, so ids are texts."""
    with db.read() as connection:
        every = [
            show(db, "KS2026-001"),
            views.task_list(connection),
            views.outbox_list(connection, only_waiting=False),
        ]
    assert all(abs(number) < 2**53 for number in _integers(every))


def _integers(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in _integers(one)]
    if isinstance(value, list):
        return [number for one in value for number in _integers(one)]
    return [value] if isinstance(value, int) else []


@pytest.mark.usefixtures("full")
def test_cases_are_listed_the_newest_first(db: Database) -> None:
    with db.read() as connection:
        every = as_json(views.case_list(connection, only_open=False))
        assert [one["number"] for one in every] == ["KS2026-001", "KS2026-002"]
        assert (every[0]["contact"], every[1]["contact"]) == ("wei@ring.example", None)
        unfinished = views.case_list(connection, only_open=True)
        assert [one["number"] for one in unfinished] == ["KS2026-001"]
        mine = views.case_list(connection, only_open=False, manager="li")
        assert [one["number"] for one in mine] == ["KS2026-001"]
        assert views.case_list(connection, only_open=False, manager="eve") == []


def test_tasks_are_listed_with_their_case_and_without(db: Database, full: int) -> None:
    loose = row(t.tasks, id=new_id(), kind="unreadable", created_at=NOW + timedelta(hours=1))
    with writing(db) as book:
        book.aside(Insert(t.tasks, loose))
    with db.read() as connection:
        first, second = as_json(views.task_list(connection))
    assert (first["case"], first["manager"]) == ("KS2026-001", "li")
    assert (second["case"], second["kind"]) == (None, "unreadable")
    with writing(db) as book:
        change = Update(t.tasks, int(first["id"]), {"resolved_at": NOW, "resolution": "done"})
        record(book, full, change)
    with db.read() as connection:
        assert [one["kind"] for one in views.task_list(connection)] == ["unreadable"]
        every = as_json(views.task_list(connection, only_open=False))
        assert [one["resolution"] for one in every] == ["done", None]


@pytest.mark.usefixtures("full")
def test_the_outbox_lists_every_letter_with_each_delivery(db: Database) -> None:
    with db.read() as connection:
        found = as_json(views.outbox_list(connection, only_waiting=True))
    assert [(one["letter"], one["delivery"]) for one in found] == [
        ("promised", None),
        ("queued", "queued"),
        ("queued", "queued"),
    ]
    assert {one["case"] for one in found} == {"KS2026-001"}
    with writing(db) as book:
        book.tx.execute(t.letters.update().values(state="done"))
    with db.read() as connection:
        assert views.outbox_list(connection, only_waiting=True) == []
        assert len(views.outbox_list(connection, only_waiting=False)) == 3
