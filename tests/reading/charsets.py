"""Our own set of texts: every language in the charsets it is sent in, labelled rightly or wrongly.

python -m tests.reading.charsets

The mails are built here from texts/languages.toml: the body as bytes, in quoted-printable and in
base64, plain and as a page; the subject in encoded words cut anywhere, and raw.
"""

from __future__ import annotations

import base64
import quopri
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from intake.parse import read
from tests.reading.expected import FOLDER
from tests.reading.score import Score

TEXTS: Final = Path(__file__).with_name("texts") / "languages.toml"
_LABELLED: Final = 1.0
_GUESSED: Final = 0.97
_SEVEN_BITS: Final = ("hz", "utf-7", "vendor", "iso2022_jp", "iso2022_jp_2", "iso2022_kr")
# JIS X 0208 with the rows of NEC and IBM: no codec of Python writes it.
_TO_JIS: Final = b"\x1b$B"
_TO_ASCII: Final = b"\x1b(B"


@dataclass(frozen=True, slots=True)
class Case:
    """A mail, and what must be read of it."""

    name: str
    raw: bytes
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One language: label -> codec that is right for it, codec -> labels that are wrong."""

    name: str
    subject: str
    words: str
    labels: Mapping[str, str]
    wrong: Mapping[str, list[str]]


def scores(folder: Path = FOLDER) -> list[Score]:
    """Labelled rightly: all; wrongly or not at all: nearly all. `folder` is not needed."""
    return [
        _score("charsets own set, labelled", labelled(), _LABELLED),
        _score("charsets own set, label missing or wrong", guessed(), _GUESSED),
        _score("charsets own set, subjects", subjects(), _LABELLED),
        _score("charsets own set, raw subjects", raw_subjects(), _GUESSED),
    ]


def texts() -> list[Text]:
    """The texts of the set."""
    return [Text(**one) for one in tomllib.loads(TEXTS.read_text("utf-8"))["text"]]


def labelled() -> Iterator[Case]:
    """Every label that is right, in every transfer encoding, plain and as a page."""
    for one in texts():
        for label, codec in one.labels.items():
            data = encode(one.words, codec)
            for encoding in _encodings(codec):
                name = f"{one.name} {label} {encoding}"
                yield Case(name, _mail(b"x", label, encoding, data), "x", one.words.strip())
            page = f"<html><body><p>{one.words.strip()}</p></body></html>"
            raw = _mail(b"x", label, "base64", encode(page, codec), kind="text/html")
            yield Case(f"{one.name} {label} HTML", raw, "x", " ".join(one.words.split()))


def guessed() -> Iterator[Case]:
    """Every label that is wrong or missing."""
    for one in texts():
        for codec, labels in one.wrong.items():
            for label in labels:
                raw = _mail(b"x", label, "8bit", encode(one.words, codec))
                name = f"{one.name} in {codec} as {label or 'nothing'}"
                yield Case(name, raw, "x", one.words.strip())


def subjects() -> Iterator[Case]:
    """Encoded words in Q and B that are cut anywhere, signs of several bytes, too."""
    for one in texts():
        for label, codec in one.labels.items():
            data = encode(one.subject, codec)
            for letter in "BQ":
                for size in (len(data), 7, 3) if codec not in _SEVEN_BITS else (len(data),):
                    pieces = (data[at : at + size] for at in range(0, len(data), size))
                    line = b"\n ".join(_word(piece, label, letter) for piece in pieces)
                    raw = _mail(line, "us-ascii", "7bit", b"x")
                    yield Case(f"{one.name} {label} {letter} by {size}", raw, one.subject, "x")


def raw_subjects() -> Iterator[Case]:
    """Unencoded subjects: the body tells the charset, or nobody does."""
    for one in texts():
        for codec, labels in one.wrong.items():
            if codec in _SEVEN_BITS or not labels:
                continue
            right = next((label for label, name in one.labels.items() if name == codec), codec)
            for label in (right, ""):
                raw = _mail(encode(one.subject, codec), label, "8bit", encode(one.words, codec))
                name = f"{one.name} in {codec}, body as {label or 'nothing'}"
                yield Case(name, raw, one.subject, one.words.strip())


def encode(words: str, codec: str) -> bytes:
    """The bytes that a mail program makes of it."""
    if codec != "vendor":
        return words.encode(codec)
    out = bytearray()
    wide = ""
    for sign in words:
        mode = "" if sign.isascii() else "kana" if "\uff61" <= sign <= "\uff9f" else "jis"
        if mode != wide:
            out += {"": _TO_ASCII, "jis": _TO_JIS, "kana": b"\x1b(I"}[mode]
            wide = mode
        out += _vendor_bytes(sign, mode)
    return bytes(out + (_TO_ASCII if wide else b""))


def _vendor_bytes(sign: str, mode: str) -> bytes:
    if not mode:
        return sign.encode("ascii")
    data = sign.encode("cp932")
    if mode == "kana":
        return bytes((data[0] & 0x7F,))
    lead, trail = data
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    if trail >= 0x9F:
        return bytes((row + 1, trail - 0x7E))
    return bytes((row, trail - (0x1F if trail < 0x7F else 0x20)))


def _encodings(codec: str) -> tuple[str, ...]:
    if codec == "utf-16":
        return ("base64",)
    plain = "7bit" if codec in _SEVEN_BITS else "8bit"
    return (plain, "quoted-printable", "base64")


def _mail(
    subject: bytes, label: str, encoding: str, data: bytes, kind: str = "text/plain"
) -> bytes:
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    charset = f"; charset={label}" if label else ""
    head = (
        f"\nFrom: a@b.example\nMIME-Version: 1.0\nContent-Type: {kind}{charset}\n"
        f"Content-Transfer-Encoding: {encoding}\n\n"
    )
    return b"Subject: " + subject + head.encode() + data


def _word(data: bytes, label: str, letter: str) -> bytes:
    if letter == "B":
        words = base64.b64encode(data)
    else:
        words = b"".join(
            bytes((byte,)) if chr(byte).isalnum() and byte < 0x80 else b"=%02X" % byte
            for byte in data
        )
    return b"=?%s?%s?%s?=" % (label.encode(), letter.encode(), words)


def _score(name: str, cases: Iterator[Case], least: float) -> Score:
    every = list(cases)
    missed = [f"{one.name}: {miss}" for one in every if (miss := _miss(one))]
    return Score(name, len(every) - len(missed), len(every), least, tuple(missed))


def _miss(case: Case) -> str:
    mail = read(case.raw)
    if mail.subject != " ".join(case.subject.split()):
        return f"subject {mail.subject!r}"
    if mail.text.strip() != case.text:
        return f"text {mail.text[:60]!r}"
    return ""


if __name__ == "__main__":
    for score in scores():
        print(score, *score.misses, sep="\n  ")  # noqa: T201 - a tool by hand
