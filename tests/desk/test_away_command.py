"""amends user away, back, absences (R-32)."""

from __future__ import annotations

from demo.shop import MANAGER
from tests.desk.running import Desk
from tests.shop import SUPERVISOR, Shop


def test_away_and_back(sqlite_shop: Shop) -> None:
    desk = Desk(sqlite_shop.config)
    words = ("user", "away", MANAGER, "--from", "2026-03-02", "--deputy", SUPERVISOR)
    assert desk.run(*words, "--as", MANAGER).exit_code == 0
    (row,) = desk.json("user", "absences")
    assert (row["user_name"], row["deputy"], row["last_day"]) == (MANAGER, SUPERVISOR, None)
    code, said = desk.fault(*words, "--as", MANAGER)
    assert code == 65
    assert "away on some of these days" in said
    assert desk.run("user", "back", MANAGER, "--as", SUPERVISOR).output == "back\n"
    assert desk.json("user", "absences") == []
