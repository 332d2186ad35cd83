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

from intake.errors import Unreadable
from intake.facts.find import find
from intake.kinds.screen import OwnAddresses, screen
from intake.mail import Mail
from intake.parse import bare, payload, read
from intake.reply import newtext
from intake.report import told
from intake.text import html
from tests.hostile import HEAD, HOSTILE

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
OWN_MAILS = sorted(Path(__file__).with_name("mails").glob("*.eml"))
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


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail(name: str) -> None:
    hostile = HOSTILE[name]
    raw = hostile.make()
    begin = time.process_time()
    mail = read(raw)
    screen(mail, OwnAddresses(frozenset({"complaints@desk.example"})))
    told(name, mail, "complaint", find(mail))
    assert time.process_time() - begin < SECONDS
    check(mail, raw)
    assert hostile.defect is None or hostile.defect in mail.defects


def test_caps() -> None:
    assert len(read(HOSTILE["20,000 addresses"].make()).to) == 500
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

        monkeypatch.setattr("intake.mime.tree.parse", broken)
        with pytest.raises(Unreadable, match=fault.__name__) as told:
            read(HEAD + b"\r\nhi")
        assert "secret" not in str(told.value)
