"""Hostile, broken and foreign mails: each is read or `Unreadable`, and never holds us up.

reliability.md 2.2 (the table), 4.1 (caps) and style.md (mutation test with a fixed seed).
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from intake import html, newtext
from intake.errors import Unreadable
from intake.mail import Mail
from intake.parse import bare, payload, read

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
OWN_MAILS = sorted(Path(__file__).with_name("mails").glob("*.eml"))
HEAD = b"From: a@b.example\r\nSubject: x\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
# Far above what any of these takes here (0.3 s), far below what a quadratic reader would.
SECONDS = 8.0


def texts(value: object) -> Iterator[str]:
    """Every text anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.items()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts(getattr(value, one.name))


def check(mail: Mail, raw: bytes) -> None:
    for text in texts(mail):
        assert "\0" not in text
        text.encode()  # raises for a lone surrogate
    names = [mail.subject, *(one.name for one in mail.attachments)]
    assert not any("\r" in name or "\n" in name for name in names)
    for one in mail.attachments:
        assert hashlib.sha256(payload(raw, one.part)).hexdigest() == one.sha256
    assert mail.sha256 == hashlib.sha256(raw).hexdigest()


def read_or_bare(raw: bytes) -> Mail:
    try:
        return read(raw)
    except Unreadable:
        return bare(raw, hashlib.sha256(raw).hexdigest())


def foreign() -> list[Path]:
    mails = [path for path in CORPORA.rglob("*") if path.suffix in (".eml", ".src")]
    return sorted(mails + list(CORPORA.glob("flufl-bounce/*.txt")))


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the foreign mails are not on this machine")
def test_foreign_mails_are_all_read() -> None:
    paths = foreign()
    assert len(paths) >= 400
    for path in paths:
        raw = path.read_bytes()
        check(read(raw), raw)  # not even one is Unreadable


def mutants(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    """Cut, flipped and repeated bytes."""
    for _ in range(25):
        start, end = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
        yield raw[:start]
        yield raw[:start] + raw[end:]
        yield raw[:end] + raw[start:end] * chance.randrange(1, 4) + raw[end:]
        flipped = bytearray(raw)
        for _ in range(chance.randrange(1, 20)):
            flipped[chance.randrange(len(raw))] = chance.randrange(256)
        yield bytes(flipped)


@pytest.mark.parametrize("path", OWN_MAILS, ids=lambda path: path.stem)
def test_mutated_mails(path: Path) -> None:
    for raw in mutants(path.read_bytes(), random.Random(20260505)):
        check(read_or_bare(raw), raw)
        check(bare(raw, hashlib.sha256(raw).hexdigest()), raw)


def nested(levels: int) -> bytes:
    opened = [
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
        for n in range(levels)
    ]
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
    return head + b"".join(opened) + b"--b%d\r\n\r\nhello\r\n" % levels


PARTS = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000
FORWARDS = (HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 2_000 + HEAD
TO = HEAD + b"To: " + b", ".join(b"u%d@x.example" % n for n in range(20_000)) + b"\r\n\r\nhi"
HOSTILE = {
    "nested 45": (nested(45), None),
    "nested 500": (nested(500), "nested deeper than 50"),
    "nested 1,000": (nested(1_000), "nested too deeply: read as text"),
    "nested 5,000": (nested(5_000), "nested too deeply: read as text"),
    "2,000 forwards": (FORWARDS, None),
    "10,000 parts": (PARTS, "more than 1000 parts"),
    "1 MB subject": (b"From: a@b.example\r\nSubject: " + b"x" * 10**6 + b"\r\n\r\nhi", None),
    "20,000 words": (HEAD + b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n\r\nhi", None),
    "20,000 addresses": (TO, None),
    "semicolons": (HEAD + b"Content-Type: text/plain" + b";" * 20_000 + b"\r\n\r\nhi", None),
    "900 (": (b"From: " + b"(" * 900 + b"\r\n\r\nhi", None),
    "60,000 (": (b"From: " + b"(" * 60_000 + b"\r\n\r\nhi", None),
    "100,000 references": (HEAD + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nhi", None),
    "40,000 fields": (
        HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(40_000)) + b"\r\nhi",
        "header fields beyond 256 KiB not read",
    ),
    "punycode": (
        HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\na-" + b"b99" * 10**5,
        None,
    ),
    "a field called headers": (HEAD + b"headers: x\r\nmail: y\r\n\r\nhi", None),
    "no bytes": (b"", None),
    "only NUL": (b"\0" * 1_000, None),
    "only 0xff": (b"\xff" * 1_000, None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail(name: str) -> None:
    raw, defect = HOSTILE[name]
    begin = time.process_time()
    mail = read(raw)
    assert time.process_time() - begin < SECONDS
    check(mail, raw)
    assert defect is None or defect in mail.defects


def test_caps() -> None:
    assert len(read(HOSTILE["20,000 addresses"][0]).to) == 500
    many = HEAD + b"References:" + b"".join(b" <%d@b>" % n for n in range(500)) + b"\r\n\r\nhi"
    references = read(many).references
    assert (len(references), references[-1]) == (100, "<499@b>")
    long = read(HEAD + b"\r\n" + b"x" * (2 * 1024 * 1024))
    assert len(long.text) == 1024 * 1024
    assert long.defects == ("text cut after 1048576 characters",)


BOMBS = ["<", "<!", "<!--", "<a ", "<a a='", "</", "<?", "&", "<![", "<script>", "<script></"]


@pytest.mark.parametrize("bomb", [*BOMBS, "<blockquote>x", "<br> ", "&#x", "<p", "<pre>\n"])
def test_html_bomb(bomb: str) -> None:
    begin = time.process_time()
    html.to_text(bomb * (256 * 1024 // len(bomb)))
    assert time.process_time() - begin < SECONDS


LINES = [
    "\n",
    ">\n",
    "____________\n\n",
    "On 5 xxxxxxx\n",
    "From: x\n",
    "-- \n",
    "Sent from my x1\n\n",
]


@pytest.mark.parametrize("line", [*LINES, "1" * 499 + ":\n", "On 1 " + "wrote " * 80 + ":\n"])
def test_line_bomb(line: str) -> None:
    begin = time.process_time()
    newtext.split(line * (256 * 1024 // len(line)))
    assert time.process_time() - begin < SECONDS


def test_a_fault_of_a_parser_becomes_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (RecursionError, ValueError, KeyError, IndexError, TypeError, AttributeError):

        def broken(_: bytes, fault: type[Exception] = fault) -> None:
            raise fault("secret of the customer")

        monkeypatch.setattr("intake.mime.parse", broken)
        with pytest.raises(Unreadable, match=fault.__name__) as told:
            read(HEAD + b"\r\nhi")
        assert "secret" not in str(told.value)
