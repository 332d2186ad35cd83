"""How mails are registered does not depend on which of them come in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.load import Load
from demo.shop import MAILBOX, PLATE, RING
from intake.mailbox.imap import Fetched
from service import registrar
from service.registrar import register_waiting
from service.seeing import seen
from tests.reading.mails import FOLDER, corpus
from tests.shop import BOB, EVE, START, Shop, open_shop

_SAYS = (
    "We approve the solution.",
    "We do not accept this. 4 of 20 rings are bent again.",
    "What about the lot 4711 of order PO 2026-17?",
    "Thank you.",
    "We withdraw the complaint.",
    "Yes, but only if you credit 120 EUR.",
    "I am out of the office until Monday.",
    "12 of 300 pcs of T-4711, order PO-77120, are scratched.",
)


def registered(
    folder: Path, batch: int, monkeypatch: pytest.MonkeyPatch, play: Callable[[Shop], None]
) -> dict[str, list[Any]]:
    """What stands in the database after `play`, in words that do not name an id."""
    monkeypatch.setattr(registrar, "BATCH", batch)
    folder.mkdir()
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as shop:
        # Who writes much is put behind: another order, and other numbers.
        outbox = shop.w.settings.outbox.model_copy(update={"burst_per_hour": 10_000})
        settings = shop.w.settings.model_copy(update={"outbox": outbox})
        object.__setattr__(shop.w, "settings", settings)
        play(shop)
        assert shop.faults() == {}
        return told(shop)


def told(shop: Shop) -> dict[str, list[Any]]:
    number = {row["id"]: row["number"] for row in shop.rows("cases")} | {None: None}
    what = {
        "cases": ("number", "state", "round", "manager", "language", "subject"),
        "sightings": ("uid", "state", "reason"),
        "messages": ("case_id", "kind", "reason", "third_party", "message_id"),
        "tasks": ("case_id", "kind", "reason", "suggestion"),
        "clocks": ("case_id", "name", "round", "state", "due_at"),
        "letters": ("case_id", "template", "language", "state"),
        "answers": ("case_id", "verdict", "phrase", "acted"),
        "lines": ("case_id", "position", "part_number", "lot", "quantity_complained"),
    }
    return {
        table: sorted(
            repr([number[row[one]] if one == "case_id" else row[one] for one in columns])
            for row in shop.rows(table)
        )
        for table, columns in what.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_answers_one_by_one_and_together(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(shop: Shop) -> None:
        monkeypatch.setattr("demo.customer.make_msgid", _names())
        dice = Random(seed)
        people = [shop.customer(one) for one in (RING, PLATE, BOB, EVE)]
        for one in people[:2] * 2:
            one.write(MAILBOX, "Bent", "5 of 20 rings are bent.")
        shop.serve()
        for number in shop.numbers()[:3]:
            shop.ask_approval(number)
        for place in range(40):
            one = dice.choice(people)
            if dice.random() < 0.3 or one in people[2:]:
                about = dice.choice(["New trouble", *shop.numbers()])
                one.write(MAILBOX, f"{about} {place}", dice.choice(_SAYS))
            else:
                one.answer(dice.choice(_SAYS))
        shop.serve()

    alone = registered(tmp_path / "alone", 1, monkeypatch, play)
    together = registered(tmp_path / "together", 50, monkeypatch, play)
    assert len(alone["messages"]) > 40
    assert together == alone


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of foreign mails is not there")
def test_strange_mails_one_by_one_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [one.raw for one in corpus()[::3]] + [raw for raw, _ in Load(80, 3, False).made()]

    def play(shop: Shop) -> None:
        seen(shop.w, "complaints", 1, [Fetched(n, START, raw) for n, raw in enumerate(mails, 1)])
        while register_waiting(shop.w):
            pass

    alone = registered(tmp_path / "alone", 1, monkeypatch, play)
    together = registered(tmp_path / "together", 50, monkeypatch, play)
    assert len(alone["messages"]) > 200
    assert together == alone


def _names() -> Callable[..., str]:
    """The same Message-IDs in both runs."""
    count = iter(range(10_000))
    return lambda domain: f"<{next(count)}@{domain}>"
