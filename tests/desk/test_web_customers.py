"""R-11, R-33: the pages of customers and terms."""

from __future__ import annotations

import re
from pathlib import Path

from demo.shop import MANAGER
from tests.shop import SUPERVISOR, VIEWER, open_shop
from tests.web import arrive, complaint, open_web


def test_terms_are_edited_where_they_are_read(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        web = open_web(shop)
        arrive(shop, complaint("Thread too wide", "It measures 2.5 mm."))
        (number,) = shop.numbers()
        sam, li = web.visitor(SUPERVISOR), web.visitor(MANAGER)
        found = re.search(r"/customer/\d+", sam.get("/customers?q=sensorik").text)
        assert found
        page, form = found[0], {"term": "proposal.time", "value": "24 hours", "why": "contract 7"}
        assert li.post(f"{page}/term", form).status_code == 403
        wrong = sam.post(f"{page}/term", {**form, "value": "<soon>"})
        assert wrong.status_code == 409
        assert "&lt;soon&gt;" in wrong.text
        assert sam.post(f"{page}/term", form).status_code == 303
        assert shop.promise(number, "proposal")["time"] == "24 hours"
        seen = li.get(page).text
        assert "contract 7" in seen
        assert "Agree</button>" not in seen
        of_case = {"term": "proposal.time", "value": "30 hours", "why": "an unusual complaint"}
        assert li.post(f"/case/{number}/term", of_case).status_code == 403
        assert sam.post(f"/case/{number}/term", of_case).status_code == 303
        assert shop.promise(number, "proposal")["time"] == "30 hours"
        back = {"term": "proposal.time", "act": "unset", "why": "it was usual"}
        assert sam.post(f"/case/{number}/term", back).status_code == 303
        assert "an unusual complaint" in li.get(f"/case/{number}/terms").text
        assert "was due" in li.get(f"/case/{number}").text
        assert not any(shop.faults().values())


def test_files_go_out_and_come_in(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        web = open_web(shop)
        sam = web.visitor(SUPERVISOR)
        assert web.visitor(VIEWER).get("/customers/file/csv").status_code == 403
        out = sam.get("/customers/file/xlsx")
        assert out.headers["content-disposition"] == 'attachment; filename="customers.xlsx"'
        files = {"file": ("customers.xlsx", out.content)}
        tried = sam.post("/customers/import", {"dry_run": "yes"}, files=files)
        assert tried.status_code == 200
        assert "This file would bring" in tried.text
        more = {"file": ("more.csv", b"code,name,priority\nRK77,Nord,yes\n")}
        assert "Imported" in sam.post("/customers/import", files=more).text
        assert "RK77" in sam.get("/customers").text
        bad = {"file": ("bad.csv", b"code,name,priority\n,x,maybe\n")}
        refused = sam.post("/customers/import", files=bad)
        assert refused.status_code == 409
        assert refused.text.count("line 2:") == 2
        assert sam.get("/customers/file/exe").status_code == 404
