"""`./run corpora` in the suite; and it would tell of a mail that is dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.files import mails_in
from service.replay import Replayed, arrivals, replay, sample_settings
from tests import corpora
from tests.hostile import HOSTILE, MIB
from tests.reading.mails import FOLDER, corpus


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of foreign mails is not there")
def test_every_foreign_mail_is_registered_joined_or_set_aside() -> None:
    walked = corpora.walk(corpus())
    assert walked.violations == []
    assert walked.totals()["mails"] >= 429
    assert all(row["outcome"] in corpora.DONE and row["reason"] for row in walked.rows())


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of foreign mails is not there")
@pytest.mark.parametrize("family", corpora.FAMILIES)
def test_foreign_mails_are_read_as_well_as_is_promised(family: str) -> None:
    scores = corpora.scores(names=[family])
    if not scores:
        pytest.skip("not measured yet")
    assert [(str(score), score.misses) for score in scores if not score.holds] == []


def test_every_hostile_mail_is_registered(tmp_path: Path) -> None:
    for number, hostile in enumerate(HOSTILE.values()):
        raw = hostile.make()
        if len(raw) < MIB:  # the larger ones: tests/service/test_child_processes.py
            (tmp_path / f"{number}.eml").write_bytes(raw)
    mails = mails_in(tmp_path)
    assert len(mails) > 30
    walked = corpora.walk(mails)
    assert walked.violations == []
    aside = {row["kind"] for row in walked.rows() if row["outcome"] == "set_aside"}
    assert aside == {"auto_reply", "loop"}


@pytest.fixture
def done(tmp_path: Path) -> Replayed:
    (tmp_path / "a.eml").write_text("From: a@b.example\nSubject: Broken\n\nIt is broken.\n")
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    coming = arrivals(mails_in(tmp_path), at, at)
    return replay(sample_settings(), coming, "complaints")


def test_a_good_walk_has_no_violation(done: Replayed) -> None:
    assert list(corpora.judge(["a.eml"], done)) == []


def test_what_must_not_be_is_told(done: Replayed) -> None:
    (mail,) = done.mails
    lost = replace(done, mails=[{**mail, "outcome": "waiting"}])
    assert list(corpora.judge(["a.eml"], lost)) == ["a.eml: dropped (waiting: new complaint)"]
    unexplained = replace(done, mails=[{**mail, "reason": ""}])
    assert list(corpora.judge(["a.eml"], unexplained)) == ["a.eml: registered without a reason"]
    assert list(corpora.judge(["a.eml", "b.eml"], done)) == ["b.eml: told 0 times"]
    assert list(corpora.judge(["a.eml"], replace(done, faults=["x"]))) == ["x"]
    elsewhere = replace(done, carried=[])
    (told,) = corpora.judge(["a.eml"], elsewhere)
    assert told == "a@b.example: 1 letters accepted, 0 remembered"


def test_a_fault_of_ours_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registrar survives a poison mail; the walk must tell of it all the same."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("service.newcomers.remember_thread", fail)
    (tmp_path / "a.eml").write_text("From: a@b.example\n\nIt is broken.\n")
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    coming = arrivals(mails_in(tmp_path), at, at)
    poisoned = replay(sample_settings(), coming, "complaints")
    assert any("ZeroDivisionError" in fault for fault in poisoned.faults)
    assert "a.eml: not registered" in poisoned.faults


def test_a_file_that_vanished_is_told_and_the_others_are_played(tmp_path: Path) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_text(f"From: {name}@b.example\n\nIt is broken.\n")
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    coming = arrivals(mails_in(tmp_path), at, at)
    (tmp_path / "a.eml").unlink()
    played = replay(sample_settings(), coming, "complaints")
    assert [(mail["file"], mail["outcome"]) for mail in played.mails] == [
        ("b.eml", "registered"),
        ("a.eml", "not_read"),
    ]
    (told,) = corpora.judge(["a.eml", "b.eml"], played)
    assert told.startswith("a.eml: dropped (not_read: the file cannot be read: No such file")
