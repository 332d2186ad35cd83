"""`amends customers`: list and import."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from desk.cli import main
from tests.shop import Shop


def amends(shop: Shop, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(shop.config), *words])


def test_import_and_list(sqlite_shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("code;name;contact_email;fax\nRK50;Nord;ada@nord.example;1\n")
    words = ("customers", "import", str(file), "--as", "sam")
    tried = amends(sqlite_shop, *words, "--dry-run")
    assert tried.exit_code == 0
    assert tried.stdout.endswith("nothing was written\n")
    done = amends(sqlite_shop, *words, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["customers_added"] == 1
    assert "the column fax is not read" in done.stderr
    shown = json.loads(amends(sqlite_shop, "customers", "list", "--json").stdout)
    assert [one["code"] for one in shown] == ["RK29", "RK48", "RK50"]
    assert shown[2].pop("id")
    assert shown[2] == {
        "code": "RK50",
        "name": "Nord",
        "confirmed": True,
        "contacts": [
            {
                "address": "ada@nord.example",
                "name": "",
                "phone": None,
                "language": None,
                "confirmed": True,
            }
        ],
    }
    assert "ada@nord.example" in amends(sqlite_shop, "customers", "list").stdout


def test_problems_and_rights_have_their_exit_codes(sqlite_shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("code,name\n,x\nRK1,\n")
    wrong = amends(sqlite_shop, "customers", "import", str(file), "--as", "sam")
    assert wrong.exit_code == 65
    assert "line 2:" in wrong.stderr
    assert "line 3:" in wrong.stderr
    refused = amends(sqlite_shop, "customers", "import", str(file), "--as", "li")
    assert refused.exit_code == 77
    missing = amends(sqlite_shop, "customers", "import", "no.csv", "--as", "sam")
    assert missing.exit_code == 66
