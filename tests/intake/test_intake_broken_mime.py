"""Broken multiparts and transfer encodings: read as they were meant, and nothing is lost."""

from __future__ import annotations

import pytest

from intake.attached.attachments import payload
from intake.parse import read
from tests.parts import HEAD, TEXT, checked, files, mixed, part

BROKEN = {
    "boundary not told": (
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n--X\r\nContent-Type: text/plain\r\n\r\nHello"
        b"\r\n--X\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "boundary missing or wrong",
    ),
    "boundary told wrong": (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=Y\r\n\r\n--X\r\nContent-Type: text/plain\r\n"
        b"\r\nHello\r\n--X\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "boundary missing or wrong",
    ),
    "boundary without semicolon": (
        HEAD + b"Content-Type: multipart/mixed boundary=X\r\n\r\n--X\r\n\r\nHello\r\n--X\r\n"
        b"Content-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "boundary missing or wrong",
    ),
    "no content type": (
        HEAD + b"\r\n--X\r\nContent-Type: text/plain\r\n\r\nHello\r\n--X\r\n"
        b"Content-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "content type missing",
    ),
    "multipart in base64": (
        HEAD
        + part(
            "multipart/mixed; boundary=X",
            b"--X\r\n\r\nHello\r\n--X\r\nContent-Type: text/csv;"
            b" name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        ),
        "multipart in base64",
    ),
    "no closing boundary": (
        HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n\r\nHello\r\n--X\r\n"
        b"Content-Type: text/csv; name=a.csv\r\n\r\n1;2",
        "close boundary not found",
    ),
    "boundary with spaces, upper case": (
        HEAD
        + b'CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY="a b  "\r\n\r\n'
        + b"--a b  \r\n\r\nHello\r\n--a b\r\n"
        b"CONTENT-TYPE: TEXT/CSV; NAME=a.csv\r\n\r\n1;2\r\n--a b--\r\n",
        "",
    ),
    "boundary that begins like the outer one": (
        HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n"
        b"Content-Type: multipart/alternative; boundary=XY\r\n\r\n--XY\r\n\r\nHello\r\n--X"
        b"Y--\r\n--X\r\n"
        b"Content-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "",
    ),
    "same boundary inside": (
        HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n"
        b"Content-Type: multipart/alternative; boundary=X\r\n\r\n--X\r\n\r\nHello\r\n--X--"
        b"\r\n--X\r\n"
        b"Content-Type: text/csv; name=a.csv\r\n\r\n1;2\r\n--X--\r\n",
        "parts behind the end of the parts",
    ),
    "head of a part too late": (
        HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\n\r\nHello\r\n--X\r\n"
        b"\r\nContent-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: base64\r\n"
        b"\r\nMTsy\r\n--X--",
        "head of a part behind an empty line",
    ),
    "garbage for a content type": (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\nContent-Type: ;;;\r\n\r\nHello"
        b"\r\n--X\r\nContent-Type: csv\r\nContent-Disposition: attachment; filename=a.csv"
        b"\r\n\r\n1;2\r\n--X--",
        "",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_multipart_is_read_as_meant(name: str) -> None:
    raw, defect = BROKEN[name]
    mail = checked(raw)
    assert mail.text == "Hello"
    assert [one.name for one in mail.attachments] == ["a.csv"]
    assert payload(raw, mail.attachments[0].part).strip() == b"1;2"
    assert any(defect in one for one in mail.defects) or not defect


def outside(before: bytes, behind: bytes) -> bytes:
    start = HEAD + b"Content-Type: multipart/mixed; boundary=X\r\n\r\n" + before
    return start + b"\r\n--X\r\n\r\nHello\r\n--X--\r\n\r\n" + behind + b"\r\n"


def test_words_outside_of_the_parts_are_kept() -> None:
    more = b" More words." * 20
    raw = outside(b"The whole complaint stands here." + more, b"Checked by a scanner." + more)
    mail = checked(raw)
    assert mail.text == "Hello"
    assert [one.name for one in mail.attachments] == [
        "before the parts.txt",
        "behind the parts.txt",
    ]
    assert b"whole complaint" in payload(raw, mail.attachments[0].part)
    usual = outside(b"This is a multi-part message in MIME format." + more, b"The epilogue.")
    assert files(usual) == []


@pytest.mark.parametrize(
    ("encoding", "written", "data", "defect"),
    [
        ("base64", b"SGVsbG8", b"Hello", ""),  # padding lost
        ("base64", b"SGVs\r\nbG8=\r\nSGVsbG8=", b"HelloHello", "base64 goes on behind its end"),
        ("base64", b"SG!Vs*bG8=", b"Hello", "base64 with foreign signs"),
        ("base64", b"SGVsbG8=\r\n-- \r\nlist footer", b"Hello", "words behind the end of a file"),
        ("base64", b"SGVsbG8_", b"Hello?", ""),
        ("base64", b"SGVsb", b"Hel", "base64 cut short"),
        ("BASE64", b"SGVsbG8=", b"Hello", ""),
        ("quoted-printable", b"a=\r\nb=E4=\t \r\nc=ZZ", b"ab\xe4c=ZZ", ""),
        ("quoted printable", b"=41", b"A", ""),
        ("quoted-printable", b"a=\rb=\nc", b"abc", ""),
        ("x-uuencode", b"begin 644 x\r\n%2&5L;&\\\r\n`\r\nend\r\n", b"Hello", ""),
        ("8-bit", b"\xe4", b"\xe4", ""),
        ("strange", b"as it is", b"as it is", "transfer encoding strange unknown"),
    ],
)
def test_transfer_encoding(encoding: str, written: bytes, data: bytes, defect: str) -> None:
    head = f"Content-Type: application/x-a; name=a\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    raw = mixed(TEXT, head.encode() + written)
    mail = checked(raw)
    assert payload(raw, "2") == data
    assert [one for one in mail.defects if one == defect] == [defect] * bool(defect)


def test_footer_behind_a_text_in_base64_is_read() -> None:
    raw = HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n\r\n--\r\nA list footer\r\n"
    assert read(raw).text == "Hello\n\n--\nA list footer"
