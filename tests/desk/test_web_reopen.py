"""R-21: a manager opens a dismissed case again in the desk, and must say why."""

from __future__ import annotations

from pathlib import Path

from demo.shop import MANAGER
from service.people import act
from service.sorting import dismiss
from tests.shop import open_shop
from tests.web import arrive, complaint, open_web


def test_a_dismissed_case_is_opened_again_with_a_reason(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        web = open_web(shop)
        arrive(shop, complaint("Offer", "Buy our drills."))
        (number,) = shop.numbers()
        with act(shop.w, MANAGER, "dismiss") as h:
            dismiss(h, number, "an advertisement")
        li = web.visitor(MANAGER)
        assert 'name="why" required' in li.get(f"/case/{number}").text
        form = {"state": "analysis"}
        assert li.post(f"/case/{number}/fields", form).status_code == 409
        assert shop.case(number)["state"] == "dismissed"
        answer = li.post(f"/case/{number}/fields", {**form, "why": "a complaint after all"})
        assert answer.status_code == 303
        assert shop.case(number)["state"] == "analysis"
        assert not any(shop.faults().values())
