"""A photograph for the customer's mail, drawn here so that no picture has to be shipped."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

SIDE: Final = 240
_METAL, _SHADOW, _TABLE = (196, 200, 205), (70, 74, 80), (238, 236, 230)
# (centre x, centre y, radius): the ring's bore and the threaded hole that is too wide.
_BORE, _HOLE = (120, 120, 46), (198, 120, 11)


def ring() -> bytes:
    """A PNG of a metal ring with one hole in its face."""
    rows = b"".join(b"\0" + bytes(_row(y)) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _row(y: int) -> Iterator[int]:
    for x in range(SIDE):
        yield from _colour(x, y)


def _colour(x: int, y: int) -> tuple[int, int, int]:
    if not _inside(x, y, (120, 120, 110)):
        return _TABLE
    return _SHADOW if _inside(x, y, _BORE) or _inside(x, y, _HOLE) else _METAL


def _inside(x: int, y: int, circle: tuple[int, int, int]) -> bool:
    return (x - circle[0]) ** 2 + (y - circle[1]) ** 2 <= circle[2] ** 2


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
