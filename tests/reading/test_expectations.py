"""The measures themselves: our own sets hold, and what is listed as wrong is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading import charsets, foreign
from tests.reading.expected import FOLDER, Expected, holds, scored, wrong

MANUAL = Path(__file__).parents[2] / "docs" / "reading.md"


def test_our_own_set_of_charsets_holds() -> None:
    for score in charsets.scores():
        assert score.holds, (score.name, score.misses)
        assert score.of > 50


def test_every_wrong_expectation_is_in_the_manual() -> None:
    page = MANUAL.read_text("utf-8")
    for one in wrong():
        path = one.mail.partition("/")[2]
        assert f"| {path} | {one.field} | {one.reason} |" in page


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of foreign mails is not there")
def test_every_wrong_expectation_still_differs() -> None:
    every = list(foreign.every(FOLDER))
    for one in wrong():
        if one.field.startswith("attachments["):  # test_attachment_scores.py
            continue
        listed = [it for it in every if (it.mail, it.field) == (one.mail, one.field)]
        assert listed, f"{one.mail} {one.field}: nothing is expected there"
        assert not all(holds(it, FOLDER) for it in listed), f"{one.mail} {one.field}: it holds"


def test_a_miss_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text("Subject: Bent ring\nFrom: a@b.example\n\nIt is \nbent.\n")
    right = Expected("a.eml", "subject", "Bent ring")
    score = scored("x", [right, Expected("a.eml", "text", "It is\nbent.\n")], tmp_path)
    assert (score.right, score.of, score.holds) == (2, 2, True)
    score = scored("x", [right, Expected("a.eml", "text", "other", "contains")], tmp_path)
    assert (score.right, score.of, score.holds) == (1, 2, False)
    assert score.misses == ("a.eml text: 'It is \\nbent.', not 'other'",)
