"""Content-Transfer-Encoding undone (RFC 2045 section 6), also where it was done badly.

The standard library stops at the first "=" of base64 and so loses what was joined behind it, and
drops whole lines of quoted-printable with bare CR.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from intake.attached import uucode

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SPACE: Final = b" \t\r\n\f\v"
_FOREIGN: Final = bytes(set(range(256)) - set(_BASE64))
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
# A line of dashes, or two words: then "-" and "_" do not stand for "+" and "/".
_RULE_OR_WORDS: Final = re.compile(rb"^[-_]+[ \t]*\r?$|\S[ \t]+\S", re.MULTILINE)
_PADDING: Final = re.compile(rb"=+")
_PADDED_LINE: Final = re.compile(rb"=[ \t]*[\r\n]+")
_LINE: Final = re.compile(rb"[^\r\n]*[\r\n]*")
_SOFT: Final = re.compile(rb"=[ \t]+(?=\r|\n|\Z)")
_CR: Final = re.compile(rb"=\r(?!\n)")
_ENDS: Final = re.compile(r"[;,(]")
_SPELLING: Final = re.compile(r"[\s_-]")
# As they are: 7bit, 8bit, binary, and what senders write instead.
_NONE: Final = frozenset({"", "7bit", "8bit", "binary", "7bits", "8bits", "none"})


@dataclass(frozen=True, slots=True)
class Undone:
    """The bytes, and words that somebody put behind the end of them (a footer of a list)."""

    data: bytes = field(repr=False)
    tail: bytes = field(repr=False, default=b"")
    defects: tuple[str, ...] = ()


def named(value: str) -> str:
    """The encoding that a field names: "Quoted Printable" and "quoted-printable;" are one."""
    return _SPELLING.sub("", _ENDS.split(value.strip("\"' \t").lower(), maxsplit=1)[0])


def undo(payload: bytes, encoding: str) -> Undone:
    """The bytes that were encoded. Never raises; what cannot be undone stays as it is."""
    known = _DECODERS.get(encoding)
    if known:
        return known(payload)
    odd = () if encoding in _NONE else (f"transfer encoding {encoding[:40]} unknown",)
    return Undone(payload, defects=odd)


def _base64(payload: bytes) -> Undone:
    junk = payload.translate(None, _BASE64 + b"=" + _SPACE)
    if junk and not junk.strip(b"-_") and not _RULE_OR_WORDS.search(payload):
        payload, junk = payload.translate(_URL_SAFE), b""
    tail, defects = b"", []
    if junk:
        payload, tail = _footer_off(payload)
        if payload.translate(None, _BASE64 + b"=" + _SPACE):
            defects.append("base64 with foreign signs")
    # base64 joined to base64: each has a padding of its own
    pieces = _pieces(payload)
    if len(pieces) > 2 or (len(pieces) == 2 and pieces[1].strip()):
        defects.append("base64 goes on behind its end")
    data = b"".join(_quads(piece, defects) for piece in pieces)
    return Undone(data, tail, tuple(dict.fromkeys(defects)))


def _pieces(payload: bytes) -> list[bytes]:
    """What stands between paddings: nearly always all of it before the only one."""
    end = payload.find(b"=")
    return [payload] if end < 0 else [payload[:end], *_PADDING.split(payload[end:])[1:]]


def _quads(piece: bytes, defects: list[str]) -> bytes:
    signs = piece.translate(None, _SPACE)
    try:
        return binascii.a2b_base64(signs + b"==")
    except binascii.Error:  # one sign too many: six bits are no byte
        defects.append("base64 cut short")
    signs = signs.translate(None, _FOREIGN)
    return binascii.a2b_base64(signs[: len(signs) // 4 * 4])


def _footer_off(payload: bytes) -> tuple[bytes, bytes]:
    """Cut where plain words begin and no base64 follows any more."""
    padded = _PADDED_LINE.search(payload)
    if padded and payload[padded.end() :].translate(None, _BASE64 + b"=" + _SPACE):
        return payload[: padded.end()], payload[padded.end() :]
    lines = _LINE.findall(payload)
    end = len(lines)
    while end and not _is_base64(lines[end - 1]):
        end -= 1
    if not end:
        return payload, b""
    return b"".join(lines[:end]), b"".join(lines[end:])


def _is_base64(line: bytes) -> bool:
    signs = line.strip()
    if not signs or signs.translate(None, _BASE64 + b"="):
        return False
    return len(signs) % 4 == 0 or len(signs) > 20  # a word is shorter


def _quoted_printable(payload: bytes) -> Undone:
    if b"= " in payload or b"=\t" in payload:
        payload = _SOFT.sub(b"=", payload)
    if b"=\r" in payload:
        payload = _CR.sub(b"=\r\n", payload)
    if b"==" in payload:  # an equals sign that was not coded, before a code
        payload = payload.replace(b"==", b"=3D=")
    return Undone(binascii.a2b_qp(payload))


def _uuencoded(payload: bytes) -> Undone:
    found = uucode.first(payload)
    if found is None:
        return Undone(payload, defects=("uuencode without a beginning",))
    tail = (payload[: found.start] + payload[found.end :]).strip()
    return Undone(found.data, tail, ("uuencode cut short",) if found.cut else ())


_DECODERS: Final[dict[str, Callable[[bytes], Undone]]] = {
    "base64": _base64,
    "quotedprintable": _quoted_printable,
    "xuuencode": _uuencoded,
    "uuencode": _uuencoded,
    "xuue": _uuencoded,
    "uue": _uuencoded,
}
