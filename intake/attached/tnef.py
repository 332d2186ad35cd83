"""winmail.dat: what Outlook hangs on a mail instead of MIME parts ([MS-OXTNEF]).

Own reader: the library for it has been asleep since 2021 (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from struct import Struct
from typing import Final

from intake.attached import item, mapi
from intake.attached.container import Head, Member, Opened
from intake.attached.mapi import Properties
from intake.text import header as text

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MOST_FILES: Final = 1_000
_MOST_PROPERTIES: Final = 20_000
_ATTRIBUTE: Final = Struct("<BII")  # level, number and type, length
_SIX: Final = Struct("<6H")  # year, month, day, hour, minute, second
_LEVELS: Final = (1, 2)  # of the message, of a file
_FROM, _SUBJECT, _SENT, _BODY = 0x8000, 0x8004, 0x8005, 0x800C
_FILE, _TITLE, _NEW_FILE = 0x800F, 0x8010, 0x9002
_PROPERTIES, _FILE_PROPERTIES, _CODEPAGE = 0x9003, 0x9005, 0x9007
_IID: Final = 16  # the GUID before an object


@dataclass(slots=True)
class _File:
    title: str = ""
    data: bytes | None = None
    cut: bool = False
    properties: Properties = field(default_factory=Properties)


@dataclass(slots=True)
class _Message:
    """The attributes of the stream, as they come."""

    properties: Properties = field(default_factory=Properties)
    files: list[_File] = field(default_factory=list)
    old: dict[int, bytes] = field(default_factory=dict)  # what is no MAPI property
    defects: list[str] = field(default_factory=list)


def open_(data: bytes) -> Opened:
    """Mail and files of the stream. Never raises; what is missing stands in `defects`."""
    message = _Message()
    for number, value, cut in _attributes(data, message.defects):
        _take(message, number, value, cut)
    properties = message.properties
    properties.learn_charset()
    opened = Opened(head=_head(message), defects=message.defects)
    item.read(properties, opened, _words(message, _BODY))
    for file in message.files[:MOST_FILES]:
        opened.members.extend(_members(file, len(opened.members) + 1, opened.defects))
    if len(message.files) > MOST_FILES:
        opened.defects.append(f"winmail.dat: more than {MOST_FILES} files")
    return opened


def _attributes(data: bytes, defects: list[str]) -> Iterator[tuple[int, bytes, bool]]:
    """(number, value, cut short) of each."""
    if not data.startswith(SIGNATURE):
        defects.append("winmail.dat: no TNEF")
        return
    place = len(SIGNATURE) + 2
    while place < len(data):
        if data[place] not in _LEVELS:
            if data[place:].strip(b"\0\r\n"):
                defects.append("winmail.dat: garbage at the end")
            return
        if len(data) - place < _ATTRIBUTE.size:
            defects.append("winmail.dat: cut short")
            return
        _, number, size = _ATTRIBUTE.unpack_from(data, place)
        place += _ATTRIBUTE.size
        cut = place + size > len(data)
        yield number & 0xFFFF, data[place : place + size], cut
        if cut:
            defects.append("winmail.dat: cut short")
        place += size + 2  # the check sum


def _take(message: _Message, number: int, value: bytes, cut: bool) -> None:
    if number == _CODEPAGE:
        message.properties.charset = mapi.charset(int.from_bytes(value[:4], "little"))
    elif number == _PROPERTIES:
        _read_properties(value, message.properties, message.defects)
    elif number in (_NEW_FILE, _FILE, _TITLE, _FILE_PROPERTIES):
        _take_file(message, number, value, cut)
    else:
        message.old.setdefault(number, value)


def _take_file(message: _Message, number: int, value: bytes, cut: bool) -> None:
    if number == _NEW_FILE or not message.files:
        message.files.append(_File())
    file = message.files[-1]
    file.properties.charset = message.properties.charset
    if number == _FILE:
        file.data, file.cut = value, cut
    elif number == _TITLE:
        file.title = _string(value, message.properties.charset)
    elif number == _FILE_PROPERTIES:
        _read_properties(value, file.properties, message.defects)
        file.cut = file.cut or cut


def _members(file: _File, number: int, defects: list[str]) -> Iterator[Member]:
    """The file; of an object also the note that stands there for readers without MAPI."""
    properties = file.properties
    kind, value = properties.values.get(mapi.ATTACH_DATA, (0, b""))
    name = mapi.file_name(properties, file.title)
    if file.cut or (file.data is None and mapi.ATTACH_DATA not in properties.values):
        defects.append(f"winmail.dat: {name or number} cut short")
    if file.data or not value:
        yield _member(file, number, name, file.data or b"")
        number += 1
    if value and (kind == mapi.OBJECT or not file.data):
        yield _member(file, number, name, value[_IID:] if kind == mapi.OBJECT else value)


def _member(file: _File, number: int, name: str, data: bytes) -> Member:
    kind = file.properties.line(mapi.ATTACH_TYPE)
    return Member(
        number=str(number),
        name=name,
        data=data,
        content_type="application/ms-tnef" if data.startswith(SIGNATURE) else kind,
        content_id=file.properties.line(mapi.ATTACH_CONTENT_ID).strip("<> ") or None,
    )


def _string(value: bytes, charset: str) -> str:
    return text.one_line(text.decode(value.split(b"\0", 1)[0], charset or "cp1252")[0])


def _words(message: _Message, number: int) -> str:
    value = message.old.get(number, b"").rstrip(b"\0")
    return text.decode(value, message.properties.charset or "cp1252")[0]


def _head(message: _Message) -> Head:
    head = item.head(message.properties)
    name, address = _sender(message)
    return Head(
        subject=head.subject or text.one_line(_words(message, _SUBJECT)),
        name=head.name or name,
        address=head.address or address,
        to=head.to,
        date=head.date or _moment(message.old.get(_SENT, b"")),
    )


def _sender(message: _Message) -> tuple[str, str]:
    """attFrom: four lengths, then the name, then "SMTP:" and the address."""
    value = message.old.get(_FROM, b"")
    name_size, address_size = (int.from_bytes(value[at : at + 2], "little") for at in (4, 6))
    name = _string(value[8 : 8 + name_size], message.properties.charset)
    address = _string(value[8 + name_size : 8 + name_size + address_size], "us-ascii")
    return name, address.rpartition(":")[2].lower() if "@" in address else ""


def _moment(value: bytes) -> datetime | None:
    """Year, month, day, hour, minute, second as 16-bit numbers; the sender's zone is not told."""
    year, month, day, hour, minute, second = _SIX.unpack(value[:12].ljust(12, b"\0"))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


class _Short(Exception):
    """A value ends behind the end of its bytes."""


@dataclass(slots=True)
class _Bytes:
    data: bytes
    place: int = 0

    def take(self, size: int) -> bytes:
        """The next bytes; what follows begins at a multiple of four."""
        if size > len(self.data) - self.place:
            raise _Short
        value = self.data[self.place : self.place + size]
        self.place += size + -size % 4
        return value

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")


def _read_properties(data: bytes, into: Properties, defects: list[str]) -> None:
    source = _Bytes(data)
    try:
        for _ in range(min(source.number(), _MOST_PROPERTIES)):
            _read_property(source, into)
    except _Short:
        defects.append("winmail.dat: properties cut short")


def _read_property(source: _Bytes, into: Properties) -> None:
    tag = source.number()
    kind, number = tag & 0xFFFF, tag >> 16
    if number >= 0x8000:  # named: a GUID and a name or number
        source.take(16)
        if source.number():
            source.take(source.number())
        else:
            source.number()
    plain = kind & ~mapi.MULTIPLE
    free = plain in (mapi.STRING8, mapi.UNICODE, mapi.BINARY, mapi.OBJECT)
    count = source.number() if free or kind & mapi.MULTIPLE else 1
    for index in range(count):
        value = source.take(source.number() if free else _size(plain))
        if not index and kind == plain and number < 0x8000:
            into.values.setdefault(number, (kind, value))


def _size(kind: int) -> int:
    if kind == mapi.FIXED_TIME:
        return 8
    if kind == mapi.GUID:
        return 16
    if kind not in mapi.FIXED:
        raise _Short  # nobody knows how long it is
    return mapi.FIXED[kind]
