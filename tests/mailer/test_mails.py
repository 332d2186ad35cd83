"""All letters are as they were accepted, and the command that tells notices what is not."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from mailer.templates import NAMES, Templates
from tests.mailer.mails import (
    GOLDEN,
    LANGUAGES,
    all_goldens,
    differences,
    goldens,
    left_over,
    main,
    product,
)


@pytest.fixture(scope="module")
def letters() -> Templates:
    return product()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_golden(letters: Templates, name: str, language: str) -> None:
    """If the new words are meant: ./run mails --accept, then read the difference."""
    assert "\n".join(differences(goldens(letters, name, language))) == ""


def test_no_golden_letter_is_left_over(letters: Templates) -> None:
    assert left_over(all_goldens(letters)) == []


def test_the_command_tells_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--golden", str(tmp_path)]
    assert main([*chosen, "--accept"]) == 0
    assert main(chosen) == 0
    closing = tmp_path / "closing.en.txt"
    closing.write_text(closing.read_text(encoding="utf-8").replace("Thank you for your app", "Hm"))
    (tmp_path / "results.zh.html").unlink()
    (tmp_path / "goodbye.en.txt").write_text("bye")
    capsys.readouterr()
    assert main(chosen) == 1
    told = capsys.readouterr().out
    assert "\n-Hmroval. We have closed" in told
    assert "\n+Thank you for your approval. We have closed" in told
    assert "+++ now/results.zh.html" in told
    assert "goodbye.en.txt belongs to no letter" in told
    assert "2 of 144 files differ, 1 are left over" in told
    assert main([*chosen, "--accept"]) == 0
    assert {f.name for f in tmp_path.iterdir()} == {f.name for f in GOLDEN.iterdir()}


def test_pages_and_mails_to_look_at(tmp_path: Path) -> None:
    assert main(["--html", str(tmp_path)]) == 0
    pages = sorted(file.stem for file in tmp_path.glob("*.html"))
    mails = sorted(file.stem for file in tmp_path.glob("*.eml"))
    assert pages == mails
    assert len(pages) > len(NAMES) * len(LANGUAGES)
    raw = (tmp_path / "reminder.zh.full.eml").read_bytes()
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert mail["Subject"] == "Re: Kalibrierring: Gewinde zu groß [KS2026-041]"
    assert mail["Auto-Submitted"] is None
    digest = BytesParser(policy=policy.default).parsebytes(
        (tmp_path / "digest.en.full.eml").read_bytes()
    )
    assert digest["Auto-Submitted"] == "auto-generated"
