"""R-30: two clicks on the case page, and the same by command."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from demo.shop import MANAGER
from desk.cli import main
from tests.shop import VIEWER, open_shop
from tests.web import arrive, complaint, open_web

ONE, TWO, THREE = "KS2026-001", "KS2026-002", "KS2026-003"


def test_a_hint_is_linked_or_dismissed(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        web = open_web(shop)
        for text in ("The thread is too wide.", "Das Gewinde ist zu groß.", "Gewinde ausgeleiert"):
            arrive(shop, complaint("Part number 21154", text))
            shop.clock.forward(days=1)
        li, vera = web.visitor(MANAGER), web.visitor(VIEWER)
        page = li.get(f"/case/{TWO}").text
        assert "The same problem again?" in page
        assert "Same part 21154 of the same customer 1 day before" in page
        assert "Not the same" in page
        assert "Not the same" not in vera.get(f"/case/{TWO}").text
        form = {"other": ONE, "way": "link", "why": "same <gauge>"}
        assert vera.post(f"/case/{TWO}/recurrence", form).status_code == 403
        assert li.post(f"/case/{TWO}/recurrence", form).status_code == 303
        assert "same &lt;gauge&gt;" in li.get(f"/case/{ONE}").text
        form["way"] = "dismiss"
        assert li.post(f"/case/{ONE}/recurrence", {**form, "other": TWO}).status_code == 303
        assert shop.case(TWO)["recurrences"][0]["state"] == "dismissed"
        assert li.post(f"/case/{TWO}/recurrence", {**form, "other": TWO}).status_code == 409
        _by_command(shop.config)
        assert shop.faults() == {}


def _by_command(config: Path) -> None:
    def amends(*words: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(config), "case", *words])
        assert result.exit_code == 0, result.output
        return result.output

    amends("link-recurrence", TWO, ONE, "--as", MANAGER)
    amends("link-recurrence", THREE, ONE, "--why", "worn thread", "--as", MANAGER)
    (told,) = [one for one in json.loads(amends("recurrences", THREE, "--json")) if one["again"]]
    assert (told["other"], told["state"], told["why"]) == (ONE, "linked", "worn thread")
    amends("dismiss-recurrence", TWO, ONE, "--as", MANAGER)
    assert "dismissed" in amends("recurrences", ONE)
    unknown = ["--config", str(config), "case", "dismiss-recurrence", TWO, THREE, "--as", MANAGER]
    refused = CliRunner().invoke(main, unknown)
    assert refused.exit_code != 0
