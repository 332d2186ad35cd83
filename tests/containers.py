"""Writers of files with files in them, for tests: TNEF, compound files and Outlook items, CMS."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

STRING8, UNICODE, BINARY, LONG, OBJECT, TIME = 0x1E, 0x1F, 0x102, 0x03, 0x0D, 0x40
Value = str | bytes | int
SUBJECT, BODY, RTF, HTML = 0x37, 0x1000, 0x1009, 0x1013
SENDER_NAME, SENDER_ADDRESS, SUBMITTED = 0xC1A, 0x5D01, 0x39
LONG_NAME, SHORT_NAME, DATA, MIME_TAG, CONTENT_ID, METHOD = (
    0x3707,
    0x3704,
    0x3701,
    0x370E,
    0x3712,
    0x3705,
)
IID_MESSAGE: Final = bytes.fromhex("0703020000000000c000000000000046")


def _type(value: Value) -> int:
    return {str: UNICODE, bytes: BINARY, int: LONG}[type(value)]


def _bytes(value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-16-le") + b"\0\0"
    return value if isinstance(value, bytes) else struct.pack("<i", value)


# TNEF


def attribute(level: int, number: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    )


def properties(values: Mapping[int, Value], objects: Mapping[int, bytes] | None = None) -> bytes:
    """The value of attMsgProps and attAttachment."""
    out = [struct.pack("<I", len(values) + len(objects or {}))]
    for number, value in values.items():
        out.append(struct.pack("<HH", _type(value), number))
        out.append(_bytes(value) if isinstance(value, int) else _counted(_bytes(value)))
    for number, data in (objects or {}).items():
        out.append(struct.pack("<HH", OBJECT, number) + _counted(data))
    return b"".join(out)


def _counted(data: bytes) -> bytes:
    return struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


@dataclass(frozen=True)
class TnefFile:
    title: str = ""  # the short name
    data: bytes = b""
    values: Mapping[int, Value] = field(default_factory=dict)
    objects: Mapping[int, bytes] = field(default_factory=dict)


def tnef(
    files: Sequence[TnefFile] = (), values: Mapping[int, Value] | None = None, codepage: int = 1252
) -> bytes:
    """A winmail.dat."""
    out = [struct.pack("<IH", 0x223E9F78, 1)]
    out.append(attribute(1, 0x69007, struct.pack("<II", codepage, 0)))
    if values:
        out.append(attribute(1, 0x69003, properties(values)))
    for file in files:
        out.append(attribute(2, 0x69002, bytes(14)))
        if file.title:
            out.append(attribute(2, 0x18010, file.title.encode(f"cp{codepage}") + b"\0"))
        if file.data:
            out.append(attribute(2, 0x6800F, file.data))
        if file.values or file.objects:
            out.append(attribute(2, 0x69005, properties(file.values, file.objects)))
    return b"".join(out)


def plain_rtf(rtf: bytes) -> bytes:
    """A PR_RTF_COMPRESSED value that is not compressed."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


# Compound files

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Writer:
    sectors: list[bytes] = field(default_factory=list)
    fat: list[int] = field(default_factory=list)
    mini: bytearray = field(default_factory=bytearray)
    mini_fat: list[int] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)

    def stream(self, data: bytes) -> int:
        """Write sectors, return the first."""
        count = -(-len(data) // _SECTOR)
        if not count:
            return _END
        first = len(self.sectors)
        padded = data + bytes(-len(data) % _SECTOR)
        self.sectors += [padded[at : at + _SECTOR] for at in range(0, len(padded), _SECTOR)]
        self.fat += [*range(first + 1, first + count), _END]
        return first

    def small(self, data: bytes) -> int:
        count = -(-len(data) // _MINI)
        if not count:
            return _END
        first = len(self.mini_fat)
        self.mini += data + bytes(-len(data) % _MINI)
        self.mini_fat += [*range(first + 1, first + count), _END]
        return first

    def tree(self, tree: Tree) -> int:
        """Entries of a storage as a list; the number of the first."""
        before = _FREE
        for name, inside in sorted(tree.items(), reverse=True):
            number = len(self.entries)
            self.entries.append(b"")
            if isinstance(inside, bytes):
                start = (self.small if len(inside) < _CUTOFF else self.stream)(inside)
                self.entries[number] = _entry(name, 2, before, _FREE, start, len(inside))
            else:
                self.entries[number] = _entry(name, 1, before, self.tree(inside), 0, 0)
            before = number
        return before


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    spelled = name.encode("utf-16-le") + b"\0\0"
    return (
        spelled.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(spelled), kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def compound(tree: Tree) -> bytes:
    """A compound file of version 3."""
    writer = _Writer()
    writer.entries.append(b"")
    child = writer.tree(tree)
    mini = writer.stream(bytes(writer.mini))
    writer.entries[0] = _entry("Root Entry", 5, _FREE, child, mini, len(writer.mini))
    listing = writer.stream(b"".join(writer.entries))
    numbers = struct.pack(f"<{len(writer.mini_fat)}I", *writer.mini_fat)
    mini_fat = writer.stream(numbers + b"\xff" * (-len(numbers) % _SECTOR))
    own = 1
    while own * (_SECTOR // 4) < len(writer.fat) + own:
        own += 1
    first = len(writer.sectors)
    every = writer.fat + [_FAT] * own
    every += [_FREE] * (-len(every) % (_SECTOR // 4))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIIII", 0, own, listing, 0, _CUTOFF, mini_fat, 1, _END, 0, first)
    head += b"".join(struct.pack("<I", first + n) for n in range(1, own))
    head = head.ljust(_SECTOR, b"\xff")
    return head + b"".join(writer.sectors) + struct.pack(f"<{len(every)}I", *every)


def _streams(
    values: Mapping[int, Value], header: int, moments: Mapping[int, int]
) -> dict[str, bytes]:
    table = bytearray(header)
    found: dict[str, bytes] = {}
    for number, moment in moments.items():
        table += struct.pack("<HHIQ", TIME, number, 6, moment)
    for number, value in values.items():
        kind, data = _type(value), _bytes(value)
        if isinstance(value, int):
            table += struct.pack("<HHIiI", kind, number, 6, value, 0)
            continue
        table += struct.pack("<HHIII", kind, number, 6, len(data), 0)
        data = data[:-2] if isinstance(value, str) else data
        found[f"__substg1.0_{number:04X}{kind:04X}"] = data
    return {"__properties_version1.0": bytes(table), **found}


@dataclass(frozen=True)
class Item:
    """An Outlook item. `files`: what each attachment says of itself, or another item."""

    values: Mapping[int, Value] = field(default_factory=dict)
    files: Sequence[Mapping[int, Value] | Item] = ()
    moments: Mapping[int, int] = field(default_factory=dict)

    def tree(self, header: int = 32) -> Tree:
        tree: dict[str, bytes | Tree] = dict(_streams(self.values, header, self.moments))
        for number, file in enumerate(self.files):
            name = f"__attach_version1.0_#{number:08X}"
            if isinstance(file, Item):
                own: dict[str, bytes | Tree] = dict(_streams({METHOD: 5}, 8, {}))
                own["__substg1.0_3701000D"] = file.tree(24)
                tree[name] = own
            else:
                tree[name] = _streams(file, 8, {})
        return tree

    def msg(self) -> bytes:
        """The .msg file."""
        return compound(self.tree())


# CMS


def der(tag: int, *inside: bytes) -> bytes:
    data = b"".join(inside)
    size = len(data)
    if size < 0x80:
        return bytes([tag, size]) + data
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + data


def indefinite(tag: int, *inside: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(inside) + b"\0\0"


_SIGNED: Final = bytes.fromhex("06092a864886f70d010702")
_ENVELOPED: Final = bytes.fromhex("06092a864886f70d010703")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")


def signed(content: bytes, pieces: int = 0) -> bytes:
    """An opaque signed message, without signers; in BER of indefinite length if in pieces."""
    start = der(0x02, b"\x01") + der(0x31)
    if not pieces:
        inner = der(0x30, _DATA, der(0xA0, der(0x04, content)))
        return der(0x30, _SIGNED, der(0xA0, der(0x30, start, inner, der(0x31))))
    cut = [content[at : at + pieces] for at in range(0, len(content), pieces)]
    octets = indefinite(0x24, *(der(0x04, one) for one in cut))
    inner = indefinite(0x30, _DATA, indefinite(0xA0, octets))
    return indefinite(0x30, _SIGNED, indefinite(0xA0, indefinite(0x30, start, inner, der(0x31))))


def enveloped() -> bytes:
    return der(0x30, _ENVELOPED, der(0xA0, der(0x30, der(0x02, b"\0"))))
