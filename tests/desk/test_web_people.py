"""The page of people: who is away, and who stands in (R-32)."""

from __future__ import annotations

from demo.shop import MANAGER
from tests.shop import SUPERVISOR, VIEWER, Shop
from tests.web import open_web


def test_a_manager_is_away_and_a_supervisor_ends_it(sqlite_shop: Shop) -> None:
    web = open_web(sqlite_shop)
    li, sam, vera = (web.visitor(name) for name in (MANAGER, SUPERVISOR, VIEWER))
    form = {"name": MANAGER, "first": "2026-03-02", "last": "", "deputy": SUPERVISOR}
    assert li.post("/people/away", form).status_code == 303
    page = vera.get("/people").text
    assert "Sam Roth stands in" in page
    assert "Somebody will be away" not in page
    assert vera.post("/people/away", form).status_code == 403
    others = {**form, "name": SUPERVISOR, "deputy": MANAGER}
    assert li.post("/people/away", others).status_code == 403
    circle = sam.post("/people/away", others)
    assert circle.status_code == 409
    assert "represented by" in circle.text
    wrong = sam.post("/people/away", {**form, "first": "tomorrow"})
    assert wrong.status_code == 409
    assert "is no day" in wrong.text
    (absence,) = sqlite_shop.rows("absences")
    assert sam.post("/people/back", {"absence": str(absence["id"])}).status_code == 303
    assert "Nobody is away" in li.get("/people").text
