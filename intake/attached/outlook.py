"""Outlook items saved as .msg files ([MS-OXMSG]): the mail, its files, and items in it.

Own reader: the library for it brings an HTML parser and a dozen other packages (docs/decisions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from intake.attached import item, mapi
from intake.attached.compound import Compound, Damaged, Entry
from intake.attached.container import Head, Member, Opened
from intake.attached.mapi import Properties
from intake.text import header as text

MOST_FILES: Final = 1_000
DEPTH: Final = 5
_PROPERTIES: Final = "__properties_version1.0"
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")
_FILE: Final = re.compile(r"(?i)__attach_version1\.0_#([0-9a-f]{8})")
_EMBEDDED: Final = "__substg1.0_3701000D"
# Bytes before the properties: of the file, of an item in it, of an attachment.
_TOP, _INNER, _OF_FILE = 32, 24, 8


def is_item(data: bytes) -> bool:
    """Whether a compound file is an Outlook item, and no spreadsheet."""
    try:
        compound = Compound(data)
        return any(one.name == _PROPERTIES for one in compound.inside(compound.root()))
    except Damaged:
        return False


def open_(data: bytes) -> Opened:
    """Mail and files of the item. Never raises; what is missing stands in `defects`."""
    try:
        compound = Compound(data)
    except Damaged:
        return Opened(defects=["Outlook item unreadable"])
    opened = _item(compound, compound.root(), _TOP, 0)
    if compound.cut:
        opened.defects.append("Outlook item cut short")
    return opened


def _item(compound: Compound, storage: Entry, header: int, depth: int) -> Opened:
    inside = {one.name: one for one in compound.inside(storage)}
    properties = _properties(compound, inside, header)
    properties.learn_charset()
    opened = Opened(head=item.head(properties))
    item.read(properties, opened)
    files = sorted((one for name, one in inside.items() if _FILE.fullmatch(name)), key=_number)
    for file in files[:MOST_FILES]:
        number = len(opened.members) + 1
        opened.members += _file(compound, file, str(number), properties.charset, depth, opened)
    if len(files) > MOST_FILES:
        opened.defects.append(f"Outlook item: more than {MOST_FILES} files")
    return opened


def _number(file: Entry) -> int:
    return int(file.name.rpartition("#")[2], 16)


def _properties(compound: Compound, inside: Mapping[str, Entry], header: int) -> Properties:
    found = Properties()
    if _PROPERTIES in inside:
        table = compound.read(inside[_PROPERTIES])
        for place in range(header, len(table) - 15, 16):
            kind = int.from_bytes(table[place : place + 2], "little")
            number = int.from_bytes(table[place + 2 : place + 4], "little")
            size = 8 if kind == mapi.FIXED_TIME else mapi.FIXED.get(kind, 0)
            if size:
                found.values[number] = (kind, table[place + 8 : place + 8 + size])
    for name, entry in inside.items():
        value = _VALUE.fullmatch(name)
        if value and not entry.storage:
            found.values[int(value[1], 16)] = (int(value[2], 16), compound.read(entry))
    return found


def _file(
    compound: Compound, file: Entry, number: str, charset: str, depth: int, into: Opened
) -> list[Member]:
    inside = {one.name: one for one in compound.inside(file)}
    properties = _properties(compound, inside, _OF_FILE)
    properties.charset = charset
    name = mapi.file_name(properties)
    inner = inside.get(_EMBEDDED)
    if inner is not None and inner.storage:
        return _embedded(compound, inner, name, number, depth, into)
    data = properties.data(mapi.ATTACH_DATA)
    return [
        Member(
            number=number,
            name=name,
            data=data,
            content_type=properties.line(mapi.ATTACH_TYPE),
            content_id=properties.line(mapi.ATTACH_CONTENT_ID).strip("<> ") or None,
        )
    ]


def _embedded(
    compound: Compound, storage: Entry, name: str, number: str, depth: int, into: Opened
) -> list[Member]:
    """an item in the item. It has no bytes of its own, so it is written out as a mail."""
    if depth >= DEPTH:
        into.defects.append(f"Outlook item: items nested deeper than {DEPTH}")
        return []
    inner = _item(compound, storage, _INNER, depth + 1)
    into.defects += inner.defects
    title = name or (inner.head.subject if inner.head else "") or "mail"
    mail = Member(number, f"{title}.eml", as_mail(inner), "message/rfc822", opened=True)
    return [mail, *(replace(one, number=f"{number}/{one.number}") for one in inner.members)]


def as_mail(opened: Opened) -> bytes:
    """Head and words of an item in the form of a mail, the same bytes each time."""
    head = opened.head or Head()
    sender = f"{head.name} <{head.address}>" if head.address else head.name
    lines = [
        ("From", sender),
        ("To", head.to),
        ("Subject", head.subject),
        ("Date", head.date.strftime("%a, %d %b %Y %H:%M:%S +0000") if head.date else ""),
        ("MIME-Version", "1.0"),
        ("Content-Type", f"text/{'plain' if opened.text.strip() else 'html'}; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    start = "".join(f"{name}: {text.one_line(value)}\r\n" for name, value in lines if value)
    body = opened.text if opened.text.strip() else opened.html
    return (start + "\r\n" + "\r\n".join(body.splitlines()) + "\r\n").encode("utf-8", "replace")
