"""P9 and P10, the short run: nobody but the customer decides, under every rule."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from service import answering
from service.authority import Rule, Ruling
from tests.fault.authority import RULES, guesses, matrix


@pytest.mark.parametrize("rule", RULES)
def test_no_forgery_decides_and_nothing_is_told_to_others(rule: Rule, tmp_path: Path) -> None:
    assert matrix(tmp_path, rule, Random(1)) == []


def test_random_tokens_are_worth_nothing() -> None:
    hits, _ = guesses(5_000, Random(1))
    assert hits == 0


def test_a_service_that_believes_every_mail_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "authority", lambda *_: Ruling("granted", "it says so"))
    assert any("changed" in fault for fault in matrix(tmp_path, "token", Random(1)))
