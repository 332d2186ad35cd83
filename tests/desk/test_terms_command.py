"""`amends terms` and `amends customers export` (R-11)."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from demo.shop import MAILBOX, RING
from desk.cli import main
from tests.shop import Shop


def amends(shop: Shop, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(shop.config), *words])


def test_terms_by_command(sqlite_shop: Shop, tmp_path: Path) -> None:
    shop = sqlite_shop
    shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
    assert shop.serve() == ()
    who = ("--why", "contract 7", "--as", "sam")
    done = amends(
        shop, "terms", "set", "measures.time", "9 business days", "--case", "KS2026-001", *who
    )
    assert (done.exit_code, done.stdout) == (0, "clocks were reckoned anew in 0 cases\n")
    amends(shop, "terms", "set", "own_system", "Portal X", "--customer", "rk29", *who)
    shown = json.loads(amends(shop, "terms", "list", "--case", "KS2026-001", "--json").stdout)
    told = {one["term"]: one for one in shown if one["layer"] != "default"}
    assert {name: (one["value"], one["layer"]) for name, one in told.items()} == {
        "own_system": ("Portal X", "customer"),
        "measures.time": ("9 business days", "case"),
    }
    assert told["own_system"]["by"] == "user:sam"
    assert told["own_system"]["why"] == "contract 7"
    taken = amends(shop, "terms", "unset", "own_system", "--customer", "RK29", *who)
    assert taken.exit_code == 0
    history = amends(shop, "terms", "list", "--customer", "RK29", "--history")
    assert "Portal X" in history.stdout
    assert "1 business day" in amends(shop, "terms", "list").stdout
    for words, code in (
        (("set", "colour", "red", "--customer", "RK29", *who), 66),
        (("set", "priority", "yes", *who), 65),
        (("set", "priority", "yes", "--customer", "RK29", "--why", "x", "--as", "li"), 77),
        (("list", "--history"), 65),
    ):
        assert amends(shop, "terms", *words).exit_code == code, words
    out = tmp_path / "customers.xlsx"
    assert amends(shop, "customers", "export", "--out", str(out)).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0
    again = amends(shop, "customers", "export", "--out", str(out))
    assert (again.exit_code, "name another file" in again.stderr) == (65, True)
    assert amends(shop, "customers", "export", "--out", str(tmp_path / "x.pdf")).exit_code == 65
    back = amends(shop, "customers", "import", str(out), "--as", "sam", "--json")
    assert json.loads(back.stdout)["customers_changed"] == 0
