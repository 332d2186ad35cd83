"""R-11, R-33: customers come in and go out as CSV and XLSX, with contacts and terms."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import delete

from cases.terms import TERMS
from demo.shop import MAILBOX, RING
from service.agreeing import Party, agree
from service.customer_export import export_customers
from service.customer_file import TERM_COLUMNS, FileProblems, customer_file
from service.customer_import import Imported, import_customers
from service.sheet import to_csv, to_xlsx, unquoted
from storage import tables, terms
from storage.customers import customer_list
from tests.shop import SUPERVISOR, Shop

HEAD = ["code", "name", "contact_name", "contact_email", "contact_phone", "language"]
NASTY = ("=1+1", "+49 89 1234", "-5", "@SUM(A1)", "'=1", "''+1", "plain", '=HYPERLINK("x")')


def xlsx(*rows: list[Any]) -> bytes:
    """As a person's program saves it, numbers and formulas too."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return made.getvalue()


def bring(shop: Shop, data: bytes, *, dry_run: bool = False) -> Imported:
    return import_customers(shop.w, data, SUPERVISOR, dry_run=dry_run)


def known(shop: Shop) -> list[Any]:
    """All that a file holds, without ids."""
    with shop.w.db.read() as connection:
        agreed = terms.of_customers(connection)
        return [
            (one["code"], one["name"], one["contacts"], agreed.get(int(one["id"]), {}))
            for one in customer_list(connection)
        ]


def export(shop: Shop, ending: str) -> bytes:
    with shop.w.db.read() as connection:
        return export_customers(connection, ending)


def test_a_sheet_brings_contacts_and_terms(shop: Shop) -> None:
    head = [*HEAD, "proposal.time", "priority", "interim_days", "terms.language", "status_mails"]
    data = xlsx(
        head,
        [29, "Nord", "Ada", "ada@nord.example", "+49 40 1", "de", "24 hours", True, 3.0, "zh"],
        [],
        [29, "", "Bo", "bo@nord.example", "", "", "", "", "", "", ""],
        ["RK48", "Kern", "", "", "", "", "=1+1", "", "", "", ""],
    )
    with pytest.raises(FileProblems) as caught:
        bring(shop, data)
    assert [one.partition(";")[0] for one in caught.value.problems] == [
        "line 5: proposal.time: '=1+1' is not a time"
    ]
    good = xlsx(head, [29, "Nord", "Ada", "ada@nord.example", "+49 40 1", "de", "24 hours", True])
    assert bring(shop, good, dry_run=True).terms_changed == 2
    done = bring(shop, good)
    assert (done.customers_added, done.contacts_added, done.terms_changed) == (1, 1, 2)
    assert bring(shop, good).view() | {"notices": []} == Imported().view()  # twice is once
    (row,) = [one for one in known(shop) if one[0] == "29"]
    assert row[2][0]["phone"] == "+49 40 1"
    assert row[3] == {"proposal.time": "24 hours", "priority": True}


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_goes_out_comes_in_as_the_same(sqlite_shop: Shop, ending: str) -> None:
    shop = sqlite_shop
    rows = [[f"C{at}", name, name, f"c{at}@x.example", name, ""] for at, name in enumerate(NASTY)]
    bring(shop, to_xlsx([HEAD, *rows], "Customers"))
    with shop.w.db.read() as connection:
        first = int(customer_list(connection)[0]["id"])
    for name, text in {
        **{name: "50 %, 80 %" for name in TERMS if name.endswith(".warns")},
        **{name: "30 hours" for name in TERMS if name.endswith(".time")},
        "status_mails": "",
        "language": "zh",
        "own_system": "=cmd|' /C calc'!A0",
        "approvers": "a@x.example; b@x.example",
        "reminder_days": "2, 4",
        "priority": "no",
    }.items():
        agree(shop.w, SUPERVISOR, Party(customer_id=first), name, text, "all of them")
    before, data = known(shop), export(shop, ending)
    assert before[0][3]["status_mails"] == ()
    assert bring(shop, data).view() | {"notices": []} == Imported().view()
    with shop.w.db.write() as tx:
        for table in (tables.terms, tables.contacts, tables.customers):
            tx.execute(delete(table))
    bring(shop, data)
    assert known(shop) == before


def test_no_cell_is_executed_when_the_file_is_opened(sqlite_shop: Shop) -> None:
    """R-45, for customers: what begins as a formula is a text."""
    rows = [["name"], *[[one] for one in NASTY]]
    lines = to_csv(rows).decode("utf-8-sig").splitlines()
    assert not [one for one in lines[1:] if one.lstrip('"').startswith(("=", "+", "-", "@"))]
    assert [unquoted(one) for one in ("'=1", "''=1", "'x", "=1")] == ["=1", "'=1", "'x", "=1"]
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows, "X"))).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [one.value for one in cells] == list(NASTY)
    assert {one.data_type for one in cells} == {"s"}
    assert not any(one.hyperlink for one in cells)


@pytest.mark.parametrize("data", [b"PK\x03\x04 and nothing else", xlsx(), xlsx(["code"])])
def test_a_sheet_that_is_none(data: bytes) -> None:
    with pytest.raises(FileProblems):
        customer_file(data, ["en"])


def test_imported_terms_move_the_clocks(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    wrong = b"code,name,calendar,manager\nRK29,Beispiel,moon,nobody\n"
    with pytest.raises(FileProblems, match="no calendar moon") as caught:
        bring(shop, wrong)
    assert len(caught.value.problems) == 2
    bring(shop, b"code,name,proposal.time\nRK29,Beispiel,24 hours\n")
    assert shop.promise("KS2026-001", "proposal")["time"] == "24 hours"
    assert shop.faults() == {}


def test_every_term_has_its_column() -> None:
    assert set(TERM_COLUMNS.values()) == set(TERMS)
    assert not set(TERM_COLUMNS) & set(HEAD)
