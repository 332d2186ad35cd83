"""Files written into text by uuencode (POSIX), with its base64 variant.

Only what has the shape of it is taken: somebody may quote the line "begin 644 x".
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import Final

_BEGIN: Final = re.compile(
    rb"^begin(?P<base64>-base64)?[ \t]+[0-7]{3,6}[ \t]+(?P<name>[^\r\n]{1,500})\r?\n", re.MULTILINE
)
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r?\n|\r|\Z)")
_SIGNS: Final = re.compile(rb"[ -`]*")
_END: Final = re.compile(rb"(?:(?:`|[ \t]*)\r?\n)?end[ \t]*(?:\r?\n|\Z)")
_BASE64: Final = re.compile(
    rb"(?P<signs>(?:(?!====)[A-Za-z0-9+/=]+\r?\n)*)(?P<end>====[ \t]*(?:\r?\n|\Z))?"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file found in a text, from byte `start` to `end`. `cut`: its end is missing."""

    start: int
    end: int
    name: bytes
    data: bytes = field(repr=False)
    cut: bool = False
    content_type: str = ""


def first(data: bytes, start: int = 0) -> Found | None:
    """The first file in `data` from `start` on."""
    place = start
    while begin := _BEGIN.search(data, place):
        read = _base64 if begin["base64"] else _lines
        if found := read(data, begin):
            return found
        place = begin.end()
    return None


def _lines(data: bytes, begin: re.Match[bytes]) -> Found | None:
    out: list[bytes] = []
    place = begin.end()
    while not _END.match(data, place):
        line = _LINE.match(data, place)
        piece = _line(line[0].rstrip(b"\r\n")) if line else None
        if not line or piece is None:
            # Cut short if anything was there, else only a sentence that begins so.
            name = begin["name"].strip()
            return Found(begin.start(), place, name, b"".join(out), cut=True) if out else None
        out.append(piece)
        place = line.end()
    end = _END.match(data, place)
    assert end is not None
    return Found(begin.start(), end.end(), begin["name"].strip(), b"".join(out))


def _line(line: bytes) -> bytes | None:
    """The bytes of one line; None if it is none: the first sign tells how many there must be."""
    if not line or not _SIGNS.fullmatch(line):
        return None
    size = (line[0] - 32) & 63
    wanted = (size + 2) // 3 * 4
    signs = line[1:]
    # Blanks at the end get lost on the way; some programs write a check sign behind.
    if not size or not wanted - 3 <= len(signs.ljust(wanted)) <= wanted + 2:
        return None
    if len(signs) < wanted // 2:
        return None
    try:
        return binascii.a2b_uu(line[:1] + signs[:wanted])
    except binascii.Error:
        return None


def _base64(data: bytes, begin: re.Match[bytes]) -> Found | None:
    shape = _BASE64.match(data, begin.end())
    signs = b"".join(shape["signs"].split()) if shape else b""
    if not shape or not signs:
        return None
    try:
        found = binascii.a2b_base64(signs[: len(signs) // 4 * 4])
    except binascii.Error:
        return None
    name = begin["name"].strip()
    return Found(begin.start(), shape.end(), name, found, cut=not shape["end"])
