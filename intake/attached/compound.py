"""Compound files ([MS-CFB]): a small file system in a file, read only.

Every chain is followed for at most as many sectors as there are, and all streams together for no
more than a few times the size of the file: loops and crossed chains end.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from intake.attached.sniff import COMPOUND

_NO_SECTOR: Final = 0xFFFFFFFA  # this and above: no number of a sector
_HEADER_FATS: Final = 109
_ENTRY: Final = 128
MOST_ENTRIES: Final = 50_000
_ROOT, _STREAM, _STORAGE = 5, 2, 1
_BUDGET: Final = 4  # times the size of the file


class Damaged(Exception):
    """The file is no compound file, or not whole enough to be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream or a storage."""

    name: str
    storage: bool
    start: int
    size: int
    left: int
    right: int
    child: int


@dataclass(slots=True)
class Compound:
    """The file. Raises `Damaged` where it cannot be read."""

    data: bytes = field(repr=False)
    cut: bool = False  # a chain ended early
    _shift: int = 9
    _mini_shift: int = 6
    _cutoff: int = 4096
    _fat: array[int] = field(init=False, repr=False)
    _mini_fat: array[int] = field(init=False, repr=False)
    _mini: bytes = field(init=False, repr=False)
    _entries: list[Entry | None] = field(init=False, repr=False)
    _left: int = field(init=False)

    def __post_init__(self) -> None:
        data = self.data
        if not data.startswith(COMPOUND) or len(data) < 512:
            raise Damaged
        self._shift = int.from_bytes(data[30:32], "little")
        self._mini_shift = int.from_bytes(data[32:34], "little")
        self._cutoff = self._number(56)
        if self._shift not in (9, 12) or self._mini_shift != 6 or self._cutoff > 1 << 16:
            raise Damaged
        self._left = _BUDGET * len(data)
        self._fat = _numbers(b"".join(map(self._sector, self._fat_sectors())))
        listing = self._chain(self._number(48), len(data))
        self._entries = [
            _entry(listing[at : at + _ENTRY])
            for at in range(0, min(len(listing), MOST_ENTRIES * _ENTRY) - _ENTRY + 1, _ENTRY)
        ]
        self._mini_fat = _numbers(self._chain(self._number(60), len(data)))
        root = self._entries[0] if self._entries else None
        if root is None:
            raise Damaged
        self._mini = self._chain(root.start, root.size)
        self.cut = False

    def root(self) -> Entry:
        """The storage that holds everything."""
        root = self._entries[0]
        assert root is not None
        return root

    def inside(self, storage: Entry) -> Iterator[Entry]:
        """What lies directly in a storage, in no order that means anything."""
        seen: set[int] = set()
        waiting = [storage.child]
        while waiting:
            number = waiting.pop()
            if number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            if entry is not None:
                yield entry
                waiting += [entry.right, entry.left]

    def read(self, stream: Entry) -> bytes:
        """The bytes of a stream; fewer than it says when its chain ends early."""
        small = stream.size < self._cutoff
        found = (self._mini_chain if small else self._chain)(stream.start, stream.size)
        self.cut = self.cut or len(found) < stream.size
        return found

    def _number(self, place: int) -> int:
        return int.from_bytes(self.data[place : place + 4], "little")

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self._shift
        return self.data[start : start + (1 << self._shift)]

    def _fat_sectors(self) -> list[int]:
        most = (len(self.data) >> self._shift) + 1
        found = list(_numbers(self.data[76:512]))[:_HEADER_FATS]
        number, hops = self._number(68), 0
        while number < _NO_SECTOR and hops < most:
            *more, number = _numbers(self._sector(number)) or (_NO_SECTOR,)
            found += more
            hops += 1
            if len(found) > most:
                break
        return [one for one in found if one < _NO_SECTOR][:most]

    def _chain(self, number: int, size: int) -> bytes:
        wanted = min(size, self._left)
        pieces: list[bytes] = []
        got = 0
        for _ in range(len(self._fat)):
            if got >= wanted or number >= len(self._fat):
                break
            piece = self._sector(number)
            pieces.append(piece)
            got += len(piece)
            number = self._fat[number]
        self._left -= min(got, wanted)
        return b"".join(pieces)[:wanted]

    def _mini_chain(self, number: int, size: int) -> bytes:
        wanted = min(size, self._left)
        step = 1 << self._mini_shift
        out = bytearray()
        for _ in range(len(self._mini_fat)):
            if len(out) >= wanted or number >= len(self._mini_fat):
                break
            out += self._mini[number * step : (number + 1) * step]
            number = self._mini_fat[number]
        self._left -= min(len(out), wanted)
        return bytes(out[:wanted])


def _numbers(data: bytes) -> array[int]:
    found = array("I")
    assert found.itemsize == 4
    found.frombytes(data[: len(data) // 4 * 4])
    if not _LITTLE:
        found.byteswap()
    return found


_LITTLE: Final = array("I", [1]).tobytes()[0] == 1


def _entry(data: bytes) -> Entry | None:
    kind = data[66]
    if kind not in (_ROOT, _STREAM, _STORAGE):
        return None
    length = max(0, min(int.from_bytes(data[64:66], "little"), 64) - 2)
    left, right, child = (int.from_bytes(data[at : at + 4], "little") for at in (68, 72, 76))
    return Entry(
        name=data[:length].decode("utf-16-le", "replace"),
        storage=kind != _STREAM,
        start=int.from_bytes(data[116:120], "little"),
        size=int.from_bytes(data[120:124], "little"),  # no mail has 4 GiB
        left=left,
        right=right,
        child=child,
    )
