"""Files that stand inside a text: uuencode, yEnc, BinHex 4.0, and the armour of OpenPGP.

Each is taken out; where it stood the text keeps its name in brackets. The raw mail keeps all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from intake.attached import binhex, uucode, yenc
from intake.attached.uucode import Found

MOST_FILES: Final = 100
_SIGNED: Final = re.compile(
    rb"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:[A-Z][A-Za-z]{1,20}:[^\r\n]*\r?\n)*\r?\n",
    re.MULTILINE,
)
_ARMOUR: Final = re.compile(
    rb"^-----BEGIN PGP (?P<what>SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*\r?\n", re.MULTILINE
)
_ARMOUR_TYPES: Final = {
    b"SIGNATURE": ("signature.asc", "application/pgp-signature"),
    b"MESSAGE": ("message.asc", "application/pgp-encrypted"),
    b"PUBLIC KEY BLOCK": ("key.asc", "application/pgp-keys"),
}
_DASHED: Final = re.compile(rb"^- (?=-|From )", re.MULTILINE)


def _armour(data: bytes, start: int = 0) -> Found | None:
    begin = _ARMOUR.search(data, start)
    if begin is None:
        return None
    line = b"-----END PGP " + begin["what"] + b"-----"
    end = data.find(line, begin.end())
    stop = end + len(line) if end >= 0 else len(data)
    name, kind = _ARMOUR_TYPES[begin["what"]]
    block = data[begin.start() : stop]
    return Found(begin.start(), stop, name.encode(), block, cut=end < 0, content_type=kind)


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to write a file into text. Without `mark` in the text there is none of it."""

    name: str
    mark: bytes
    first: Callable[[bytes, int], Found | None]


_KINDS: Final = (
    Kind("uuencode", b"begin", uucode.first),
    Kind("yEnc", b"=ybegin ", yenc.first),
    Kind("BinHex", b"BinHex 4", binhex.first),
    Kind("PGP", b"-----BEGIN PGP ", _armour),
)


@dataclass(frozen=True, slots=True)
class TakenOut:
    """The text without the files, and the files in their order, each with the kind's name."""

    rest: bytes = field(repr=False)
    files: tuple[tuple[str, Found], ...] = ()


def take_out(data: bytes) -> TakenOut:
    """Find the files in a text; `files` is empty for nearly every text there is."""
    kinds = [kind for kind in _KINDS if kind.mark in data]
    if not kinds:
        return TakenOut(data)
    every = sorted(
        ((kind.name, found) for kind in kinds for found in _all(data, kind)),
        key=lambda one: one[1].start,
    )
    files: list[tuple[str, Found]] = []
    rest: list[bytes] = []
    place = 0
    for name, found in every[:MOST_FILES]:
        if found.start < place:  # inside another one
            continue
        rest += [data[place : found.start], b"[", found.name, b"]\r\n"]
        files.append((name, found))
        place = found.end
    rest.append(data[place:])
    return TakenOut(_unsigned(b"".join(rest)), tuple(files))


def _all(data: bytes, kind: Kind) -> list[Found]:
    out: list[Found] = []
    place = 0
    while len(out) < MOST_FILES and (found := kind.first(data, place)):
        out.append(found)
        place = max(found.end, place + 1)
    return out


def _unsigned(text: bytes) -> bytes:
    """A clear-signed text without the signs of it (RFC 9580 section 7)."""
    if b"-----BEGIN PGP SIGNED" not in text or not _SIGNED.search(text):
        return text
    text = _SIGNED.sub(b"", text, count=1)
    return _DASHED.sub(b"", text.replace(b"[signature.asc]\r\n", b"", 1))
