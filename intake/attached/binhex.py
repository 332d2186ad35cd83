"""Files written into text by BinHex 4.0 (RFC 1741): name and forks in signs of six bits."""

from __future__ import annotations

import binascii
import re
from typing import Final

from intake.attached.uucode import Found

_BEGIN: Final = re.compile(rb"^[^\r\n]{0,80}BinHex 4[^\r\n]{0,80}[\r\n]\s{0,20}:", re.MULTILINE)
_SIGNS: Final = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_USUAL: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BASE64: Final = bytes.maketrans(_SIGNS, _USUAL)
_SHAPE: Final = re.compile(rb"[" + re.escape(_SIGNS) + rb"\s]*")
_END: Final = re.compile(rb":[ \t]*(?:\r?\n)?")
# A byte (0x90 itself is written 90 00), then 90 and how often it stands there.
_RUN: Final = re.compile(rb"(\x90\x00|[^\x90])\x90([\x01-\xff])|\x90\x00", re.DOTALL)
# RFC 1741: no more than 50 MiB, the size of a mail; a run makes 255 bytes of three.
_MOST: Final = 50 * 1024 * 1024


def first(data: bytes, start: int = 0) -> Found | None:
    """The first file in `data` from `start` on: its data fork."""
    place = start
    while begin := _BEGIN.search(data, place):
        shape = _SHAPE.match(data, begin.end())
        assert shape is not None
        closed = _END.match(data, shape.end())
        if found := _file(_unpacked(shape[0])):
            name, fork, cut = found
            end = closed.end() if closed else shape.end()
            return Found(begin.start(), end, name, fork, cut or not closed)
        place = begin.end()
    return None


def _unpacked(signs: bytes) -> bytes:
    signs = b"".join(signs.split()).translate(_TO_BASE64)
    packed = binascii.a2b_base64(signs[: len(signs) // 4 * 4] + _rest(signs))
    if len(packed) + sum(run[2][0] for run in _RUN.finditer(packed) if run[2]) > _MOST:
        return b""
    return _RUN.sub(_run, packed)


def _rest(signs: bytes) -> bytes:
    left = signs[len(signs) // 4 * 4 :]
    return left + b"=" * (4 - len(left)) if len(left) > 1 else b""


def _run(found: re.Match[bytes]) -> bytes:
    return (found[1][:1] * found[2][0]) if found[2] else b"\x90"


def _file(data: bytes) -> tuple[bytes, bytes, bool] | None:
    """Name, data fork, and whether some of it is missing."""
    length = data[0] if data else 0
    head = data[1 + length : 1 + length + 21]
    if not 0 < length < 64 or len(head) < 21:
        return None
    size = int.from_bytes(head[11:15], "big")
    place = 1 + length + 21
    fork = data[place : place + size]
    check = data[place + size : place + size + 2]
    wrong = len(check) == 2 and binascii.crc_hqx(fork + b"\0\0", 0) != int.from_bytes(check, "big")
    return data[1 : 1 + length], fork, len(fork) < size or wrong
