"""The desk's search: wherever a case says the word, once, among all cases and the open ones."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from storage import searching
from storage import tables as t
from storage.database import Database
from tests.storage.rows import new_case, new_id, row, writing


@pytest.mark.parametrize("only_open", [False, True])
def test_a_case_is_found_by_whatever_stands_in_it(db: Database, *, only_open: bool) -> None:
    people = {"customer_id": new_id(), "contact_id": new_id()}
    subject = new_case(db, number="KS-1", state="registered", subject="A Gear, worn")
    line = new_case(db, number="KS-2", state="registered", subject="Delivery")
    with writing(db) as book:
        gears = row(t.customers, id=people["customer_id"], name="Gearworks", code="GE_1")
        buyer = row(t.contacts, id=people["contact_id"], customer_id=gears["id"], name="Wei")
        book.tx.execute(insert(t.customers), [gears])
        book.tx.execute(insert(t.contacts), [buyer | {"address": "wei@gears.example"}])
        lines = [{"position": n, "part_name": "gear ring", "lot": "100%"} for n in (1, 2)]
        places = [row(t.lines, case_id=case, **one) for case in (subject, line) for one in lines]
        book.tx.execute(insert(t.lines), places)
    new_case(db, number="KS-3", state="registered", subject="Delivery", **people)
    new_case(db, number="KS-4", state="closed", subject="gear", **people)
    new_case(db, number="KS-5", state="registered", subject="Delivery")

    def numbers(wanted: str, page: int = 1) -> list[str]:
        with db.read() as connection:
            found = searching.found(connection, wanted, page, only_open=only_open)
        assert found.total == len(found.rows)
        assert all("total" not in one for one in found.rows)
        return [one["number"] for one in found.rows]

    closed = [] if only_open else ["KS-4"]
    assert numbers("gear") == [*closed, "KS-3", "KS-2", "KS-1"]
    assert numbers("gear", page=9) == numbers("gear")
    assert numbers("GEARS.example") == [*closed, "KS-3"]
    assert numbers("ge_1") == [*closed, "KS-3"]
    assert numbers("0%") == ["KS-2", "KS-1"]
    assert numbers("nowhere") == []
    assert numbers("nowhere", page=2) == []
    assert numbers("") == ["KS-5", *closed, "KS-3", "KS-2", "KS-1"]
