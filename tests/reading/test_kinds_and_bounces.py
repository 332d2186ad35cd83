"""Our own sets of kinds and bounces hold, without the folder of foreign mails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading import bounces, kinds
from tests.reading.kinds import Labelled

NOWHERE = Path("nowhere")
PEOPLE = list(kinds.labelled("kinds_people.toml"))
MACHINES = list(kinds.labelled("kinds_machines.toml"))


def test_the_sets_are_large_and_of_every_kind() -> None:
    assert len(PEOPLE) + len(MACHINES) >= 100
    assert len(bounces.own()) >= 25
    assert {one.kind for one in (*PEOPLE, *MACHINES)} == {
        *("complaint", "reply", "auto_reply", "bounce", "receipt"),
        *("list", "newsletter", "own", "loop"),
    }


@pytest.mark.parametrize("one", [*PEOPLE, *MACHINES, *kinds.made()], ids=str)
def test_kind(one: Labelled) -> None:
    assert kinds.kind_of(one) == one.kind


@pytest.mark.parametrize("one", bounces.own(), ids=lambda one: str(one.name))
def test_bounce(one: bounces.Bounce) -> None:
    assert one.miss() == ""


def test_a_miss_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "kind_of", lambda one: "list")
    every, heard = kinds.scores(NOWHERE)
    assert not every.holds
    assert (heard.right, heard.holds) == (0, False)
    wrong = bounces.Bounce("x", PEOPLE[0].raw, frozenset({"a@b.example"}), frozenset())
    assert wrong.miss() == "x: failed [], delayed []"
