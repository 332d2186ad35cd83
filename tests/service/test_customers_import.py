"""Customers by import (R-33): all or nothing, never double, and provisional ones become known."""

from __future__ import annotations

import pytest

from cases.errors import NotAllowed
from demo.shop import MAILBOX, MANAGER
from service.customer_file import FileProblems, customer_file
from service.customer_import import Imported, import_customers
from service.customers import Person
from storage.customers import customer_list
from tests.shop import EVE, SUPERVISOR, Shop

HEAD = "code,name,contact_name,contact_email,language\n"
OTTO = Person("Otto Neu", "otto@elsewhere.example")


def bring(shop: Shop, text: str, *, dry_run: bool = False) -> Imported:
    return import_customers(shop.w, text.encode(), SUPERVISOR, dry_run=dry_run)


def customers(shop: Shop) -> dict[str, list[str]]:
    """Code (or name of a provisional customer): the addresses of its contacts."""
    with shop.w.db.read() as connection:
        found = customer_list(connection)
    return {
        one["code"] or f"({one['name']})": [c["address"] for c in one["contacts"]] for one in found
    }


def problems(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(FileProblems) as told:
        customer_file(data, ["en", "de", "zh"])
    assert told.value.exit_code == 65
    return list(told.value.problems)


# --- what comes in


def test_several_rows_of_one_code_are_several_contacts(shop: Shop) -> None:
    done = bring(
        shop,
        HEAD + "RK50,Nord Optik,Ada Lund,Ada@Nord.example,de\n"
        "RK50,,Per Lund,per@nord.example,\n"
        "RK51,West Guss,,,\n",
    )
    assert (done.customers_added, done.contacts_added) == (2, 2)
    here = customers(shop)
    assert here["RK50"] == ["ada@nord.example", "per@nord.example"]
    assert here["RK51"] == []


def test_twice_is_the_same_as_once(shop: Shop) -> None:
    text = HEAD + "RK50,Nord Optik,Ada Lund,ada@nord.example,de\n"
    bring(shop, text)
    before = (shop.rows("customers"), shop.rows("contacts"))
    assert bring(shop, text) == Imported()
    assert (shop.rows("customers"), shop.rows("contacts")) == before


def test_what_is_known_is_updated_and_nothing_is_taken_away(shop: Shop) -> None:
    done = bring(shop, HEAD + "RK29,Sensorik SE,Jan Vogt,jan@sensorik.example,de\n")
    assert (done.customers_added, done.customers_changed, done.contacts_added) == (0, 1, 1)
    assert customers(shop)["RK29"] == ["jan@sensorik.example", "jana.vogt@sensorik.example"]
    assert "Sensorik SE" in {row["name"] for row in shop.rows("customers")}


def test_an_empty_cell_leaves_what_is_there(shop: Shop) -> None:
    bring(shop, HEAD + "RK48,Kern Anlagenbau,,t.kern@anlagenbau.example,\n")
    (kern,) = (row for row in shop.rows("contacts") if row["address"].startswith("t.kern"))
    assert (kern["name"], kern["language"]) == ("Thomas Kern", "de")


def test_a_dry_run_writes_nothing_and_counts_the_same(shop: Shop) -> None:
    text = HEAD + "RK50,Nord Optik,Ada Lund,ada@nord.example,de\n"
    before = customers(shop)
    promised = bring(shop, text, dry_run=True)
    assert customers(shop) == before
    assert bring(shop, text) == promised


@pytest.mark.parametrize("user", [MANAGER, "vera"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_only_supervisors_import(sqlite_shop: Shop, user: str, dry_run: bool) -> None:
    with pytest.raises(NotAllowed):
        import_customers(sqlite_shop.w, HEAD.encode(), user, dry_run=dry_run)


# --- provisional contacts


def test_a_provisional_contact_becomes_the_customers_with_its_cases(shop: Shop) -> None:
    eve = shop.customer(EVE)
    eve.write(MAILBOX, "Cracked lens", "The lens of PO-7 is cracked.")
    shop.serve()
    assert customers(shop)[f"({EVE.name})"] == [EVE.address]
    done = bring(shop, HEAD + f"RK50,Nord Optik,Eve S. Tranger,{EVE.address},en\n")
    assert (done.contacts_confirmed, done.contacts_added, done.cases_moved) == (1, 0, 1)
    assert customers(shop) == {
        "RK29": ["jana.vogt@sensorik.example"],
        "RK48": ["t.kern@anlagenbau.example"],
        "RK50": [EVE.address],
    }
    assert shop.case("KS2026-001")["customer"] == {"code": "RK50", "name": "Nord Optik"}
    last = shop.steps("KS2026-001")[-1]
    assert (last.kind, last.actor) == ("customer_confirmed", f"user:{SUPERVISOR}")
    assert shop.faults() == {}


def test_the_thread_goes_on_after_the_import(shop: Shop) -> None:
    eve = shop.customer(EVE)
    eve.write(MAILBOX, "Cracked lens", "The lens of PO-7 is cracked.")
    shop.serve()
    bring(shop, HEAD + f"RK50,Nord Optik,,{EVE.address},\n")
    assert {row["customer_id"] for row in shop.rows("thread_keys")} == {
        row["id"] for row in shop.rows("customers") if row["code"] == "RK50"
    }
    eve.write(MAILBOX, "Cracked lens", "Another one of KS2026-001 is cracked.")
    shop.serve()
    assert shop.numbers() == ["KS2026-001"]


def test_all_cases_of_a_provisional_contact_move_to_a_known_customer(shop: Shop) -> None:
    for number in (1, 2):
        shop.customer(EVE).write(MAILBOX, f"Lens {number}", "It is cracked.")
    shop.serve()
    done = bring(shop, HEAD + f"RK29,Beispiel Sensorik GmbH,,{EVE.address},\n")
    assert (done.customers_added, done.cases_moved) == (0, 2)
    assert EVE.address in customers(shop)["RK29"]
    assert shop.faults() == {}


def test_a_confirmed_contact_of_somebody_else_is_a_problem_and_nothing_is_imported(
    shop: Shop,
) -> None:
    before = customers(shop)
    with pytest.raises(FileProblems) as told:
        bring(
            shop,
            HEAD + "RK50,Nord Optik,Ada,ada@nord.example,\n"
            "rk48,Kern Anlagenbau,,,\n"
            f"RK50,,,jana.vogt@sensorik.example,\nRK50,,,{MAILBOX},\n",
        )
    assert [line.partition(";")[0] for line in told.value.problems] == [
        "line 3: rk48 is known as RK48",
        "line 4: jana.vogt@sensorik.example is a contact of RK29",
        f"line 5: {MAILBOX} is a mailbox of this desk",
    ]
    assert customers(shop) == before


# --- the file


def test_formulas_are_data(shop: Shop) -> None:
    names = ["=1+1", "+49 Optik", "-Lens-", "@Home", '=HYPERLINK("x")']
    rows = "".join(
        f'F{n},"{name.replace(chr(34), chr(34) * 2)}",,,\n' for n, name in enumerate(names)
    )
    bring(shop, HEAD + rows)
    assert set(names) <= {row["name"] for row in shop.rows("customers")}


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_as_programs_save_them(start: str, separator: str, ending: str) -> None:
    lines = (
        "Code,NAME,contact_name,contact_email,language",
        "RK1,Größe 陶,李 伟,a@b.example,ZH",
        "",
    )
    text = start + ending.join(line.replace(",", separator) for line in lines)
    (row,) = customer_file(text.encode(), ["zh"]).rows
    assert (row.line, row.code, row.name, row.contact_name, row.language) == (
        2,
        "RK1",
        "Größe 陶",
        "李 伟",
        "zh",
    )


def test_other_columns_and_other_languages_are_told() -> None:
    text = "code,name,fax,contact_email,language\nRK1,Nord,1,a@b.example,fr\n"
    assert customer_file(text.encode(), ["en"]).notices == (
        "the column fax is not read",
        "line 2: no letters are written in fr; a@b.example gets them in the language of the "
        "company",
    )


def test_every_problem_is_told_at_once_with_its_line() -> None:
    found = problems(
        HEAD + "RK1,Nord,Ada,ada@@nord,en\n"
        ',"Name\nof two lines",,,\n'
        "RK1,Süd,,,\n"
        "RK2,,,,\n"
        "rk2,West,,,\n"
        "RK3,Ost,Ole,,\n"
        "RK4,Mitte,,m@m.example,german\n"
        "RK5,Mitte,,M@m.example,\n"
        "RK6,Mitte\n"
        "RK7,a\u202eb,,,\n"
    )
    assert [line.partition(";")[0] for line in found] == [
        "line 2: 'ada@@nord' is no address",
        "line 3: '' is no code",
        "line 5: RK1 is called 'Süd' here and 'Nord' in line 2",
        "line 6: customer RK2 has no name",
        "line 7: rk2 is RK2 in line 6",
        "line 8: a contact without contact_email",
        "line 9: 'german' is no language",
        "line 10: m@m.example is in line 9 already",
        "line 11: 2 cells, the first line has 5",
        "line 12: the name has over 200 signs or one that is not shown",
    ]
    assert all("; " in line for line in found)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"code;name\nRK1;Gr\xf6\xdfe\n", "line 2: not UTF-8"),
        (b"code,contact_email\n", "line 1: there is no column name"),
        (b"code,name,name\n", "line 1: the column name is there twice"),
        (b'code,name\nRK1,"Nord\n', "line 2: no CSV from here on"),
    ],
)
def test_a_file_that_is_none(data: bytes, told: str) -> None:
    (found,) = problems(data)
    assert found.startswith(told)


def test_a_large_file_is_one_step(sqlite_shop: Shop) -> None:
    rows = "".join(f"C{n},Customer {n},,c{n}@x.example,\n" for n in range(3000))
    assert bring(sqlite_shop, HEAD + rows).contacts_added == 3000
    assert bring(sqlite_shop, HEAD + rows) == Imported()
