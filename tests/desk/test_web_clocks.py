"""R-7, R-9: the case page tells why a clock is due, and records what was told by phone."""

from __future__ import annotations

from pathlib import Path

from demo.shop import MANAGER
from tests.shop import VIEWER, open_shop
from tests.web import arrive, complaint, open_web


def test_a_promise_kept_by_phone_is_recorded(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        web = open_web(shop)
        arrive(shop, complaint("Thread too wide", "It measures 2.5 mm."))
        (number,) = shop.numbers()
        li = web.visitor(MANAGER)
        page = li.get(f"/case/{number}").text
        assert "Why these times" in page
        assert "outside the hours" in page
        form = {"clock": "proposal", "act": " "}
        assert li.post(f"/case/{number}/clock", form).status_code == 409
        form["act"] = "Li told Jana by phone at noon"
        assert web.visitor(VIEWER).post(f"/case/{number}/clock", form).status_code == 403
        assert li.post(f"/case/{number}/clock", form).status_code == 303
        assert shop.promise(number, "proposal")["state"] == "stopped"
        assert "Li told Jana by phone at noon" in li.get(f"/case/{number}").text
        assert not any(shop.faults().values())
