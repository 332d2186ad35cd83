"""Mails that were cut, flipped, joined and mislabelled, for hypothesis."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from intake.files import mails_in

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
LARGEST = 30_000
# What breaks readers: put in anywhere.
PIECES = st.sampled_from(
    [
        *(b"\r\n\r\n", b"\n--", b"\0", b"\xff\xfe", b"=?utf-8?b?", b"?=", b'"', b"(", b"<", b">"),
        *(b"\nContent-Type: multipart/mixed; boundary=\n", b"\nContent-Type: message/rfc822\n\n"),
        *(b"\nContent-Transfer-Encoding: base64\n", b"charset=utf-16", b"\x1b$B", b"~{", b"&#x"),
        *(b"\nbegin 644 x\n", b"=ybegin line=128 size=9 name=x\n", b"<table><td>", b"\r", b";"),
    ]
)


@cache
def corpus() -> list[bytes]:
    """The mails of ours, and the foreign ones where they are; no large ones."""
    mails = ROOT / "tests" / "intake" / "mails"
    folders = [mails, CORPORA] if CORPORA.is_dir() else [mails]
    every = (one.raw for folder in folders for one in mails_in(folder))
    return sorted({raw for raw in every if 0 < len(raw) <= LARGEST}, key=len)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """One of them: cut, repeated, flipped, with something put in, or joined with another."""
    every = corpus()
    raw = every[draw(st.integers(0, len(every) - 1))]
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))))
        match draw(st.sampled_from(["cut", "end", "repeat", "flip", "put", "join"])):
            case "cut":
                raw = raw[:start] + raw[end:]
            case "end":
                raw = raw[:end]
            case "repeat":
                raw = raw[:end] + raw[start:end][:2_000] * 3 + raw[end:]
            case "flip":
                raw = raw[:start] + draw(st.binary(min_size=1, max_size=6)) + raw[start + 1 :]
            case "put":
                raw = raw[:start] + draw(PIECES) + raw[start:]
            case "join":
                other = every[draw(st.integers(0, len(every) - 1))]
                raw = raw[:end] + other[start:][:5_000]
    return raw
