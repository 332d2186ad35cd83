"""What must not leave with a letter."""

from __future__ import annotations

import pytest

from cases.errors import BadInput
from mailer.compose import Attachment
from mailer.sendable import sendable


def file(name: str, kind: str = "application/pdf", size: int = 10) -> Attachment:
    return Attachment(name, kind, b"x" * size)


@pytest.mark.parametrize(
    "name",
    [
        "Prüfbericht 图纸 (2).pdf",
        "photo.of.part.JPEG",
        "no ending",
        "results.js.txt",
        "exe",
        "8D-report, rev. B.xlsx",
        "x" * 116 + ".pdf",
    ],
)
def test_ordinary_files_may_leave(name: str) -> None:
    sendable([file(name)], limit=100)
    sendable([], limit=0)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../etc/passwd", "has a path in it"),
        ("C:\\temp\\a.pdf", "has a path in it"),
        ("a.txt:b.exe", "has a path in it"),
        ("/etc/passwd", "has a path in it"),
        ("..", "needs a name"),
        ("", "needs a name"),
        (" . ", "needs a name"),
        ("a\r\nBcc: x.pdf", "hidden characters"),
        ("a\0.pdf", "hidden characters"),
        ("photo\u202egpj.exe", "hidden characters"),
        ("zero\u200bwidth.pdf", "hidden characters"),
        ("x" * 117 + ".pdf", "too long"),
    ],
)
def test_names_that_must_not_leave(name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as told:
        sendable([file("fine.pdf"), file(name)], limit=100)
    assert told.value.mend
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "name",
    [
        "a.exe",
        "a.EXE",
        "report.pdf.js",
        "a.bat",
        "a.exe. .",
        "a.ｅｘｅ",
        "a.lnk",
        "a.ps1",
        "a. exe",
    ],
)
def test_programs_must_not_leave(name: str) -> None:
    with pytest.raises(BadInput, match="is a program"):
        sendable([file(name)], limit=100)


@pytest.mark.parametrize("kind", ["application/x-msdownload", "Text/JavaScript; charset=utf-8"])
def test_programs_by_another_name_must_not_leave(kind: str) -> None:
    with pytest.raises(BadInput, match="is a program"):
        sendable([file("a.pdf", kind)], limit=100)


def test_all_files_together_keep_to_the_limit() -> None:
    files = [file("small.pdf", size=40), file("big.pdf", size=60)]
    sendable(files, limit=100)
    with pytest.raises(BadInput, match=r"leave out or shrink big\.pdf"):
        sendable(files, limit=99)
