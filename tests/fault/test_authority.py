"""P9 and P10, the short run: nobody but the customer decides, under every rule."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from service import answering
from service.authority import Rule, Ruling
from service.judge import token_hash
from tests.fault.authority import HOLDER, RULES, as_mails, matrix, opened, settle
from tests.fault.forgeries import every_change
from tests.fault.guesses import guesses


@pytest.mark.parametrize("rule", RULES)
def test_no_forgery_decides_and_nothing_is_told_to_others(rule: Rule, tmp_path: Path) -> None:
    cells = matrix(tmp_path, rule, Random(1))
    assert [f"{cell.name}: {cell}" for cell in cells if cell.wrong] == []
    assert len(cells) > 100
    # docs/security.md: what the default cannot stop, and the two others do.
    (holder,) = (cell for cell in cells if cell.name == HOLDER)
    assert ("decides" in holder.told) == (rule == "token")


def test_random_tokens_are_worth_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, "token") as shop:
        held = settle(shop)
        assert [str(cell) for cell in as_mails(shop, 20, Random(1), "token") if cell.wrong] == []
        done = guesses(shop, held.answer, 3_000, Random(1))
        assert (done.tried, done.taken, done.control) == (3_000, 0, True)
        assert len(every_change(held.answer)) > 800


def test_a_service_that_believes_every_mail_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "authority", lambda *_: Ruling("granted", "it says so"))
    cells = matrix(tmp_path, "token", Random(1))
    assert sum(cell.changes for cell in cells) > 0


def test_a_look_up_that_is_not_exact_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, "token") as shop:
        held = settle(shop)
        # Two characters of thirty-two: what a short or careless token would be worth.
        right = token_hash(held.answer)

        def careless(token: str) -> str:
            return right if token[:2] == held.answer[:2] else token_hash(token)

        monkeypatch.setattr("tests.fault.guesses.token_hash", careless)
        monkeypatch.setattr("service.judge.token_hash", careless)
        assert guesses(shop, held.answer, 3_000, Random(1), live=0).taken > 0
