"""Files with files in them, and who opens them: winmail.dat, Outlook items, mails, coded texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from intake.attached import encoded_text, outlook, sniff, tnef
from intake.attached.container import Member, Opened
from intake.mime import tree as mime
from intake.text import header as text

_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_OUTLOOK: Final = "application/vnd.ms-outlook"
_ITEM: Final = frozenset({_OUTLOOK, "application/msoutlook", "application/x-msg"})
MAILS: Final = frozenset({"message/rfc822", "message/global"})
_UNKNOWN: Final = frozenset({"", "application/octet-stream", "application/x-octet-stream"})
_CODED: Final = frozenset(
    {"application/mac-binhex40", "application/mac-binhex", "application/x-uuencode"}
    | {"application/x-uue", "text/x-uuencode"}
)
# Two fields at least: a text that begins with "Note: x" is no mail.
_HEAD: Final = re.compile(
    rb"\A(?:From [^\r\n]*\r?\n)?"
    rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}"
)
SHOWN: Final = ("text/plain", "text/html")

Opener = Callable[[bytes], Opened]


def opener(content_type: str, name: str, data: bytes) -> Opener | None:
    """Who opens this file; None for a file that is only a file."""
    ending = name.lower().rpartition(".")[2]
    unknown = content_type in _UNKNOWN
    if data.startswith(tnef.SIGNATURE) and (unknown or content_type in _TNEF):
        return tnef.open_
    if data.startswith(sniff.COMPOUND):
        said = content_type in _ITEM or ending == "msg"
        shown = unknown and sniff.sniff(data) == _OUTLOOK
        return outlook.open_ if (said or shown) and outlook.is_item(data) else None
    if is_mail(content_type, name, data):
        return open_mail
    if content_type in _CODED:
        return open_coded
    return None


def is_mail(content_type: str, name: str, data: bytes) -> bool:
    """Whether it is a mail in the form of RFC 5322."""
    if content_type in MAILS:
        return True
    saved = name.lower().endswith(".eml") and content_type in _UNKNOWN
    return saved and _HEAD.match(data[:4096]) is not None


def is_shown(leaf: mime.Leaf) -> bool:
    """Whether a leaf is text that can be shown."""
    return leaf.content_type in SHOWN or leaf.content_type.startswith("multipart/")


def is_file(leaf: mime.Leaf) -> bool:
    """Whether a leaf is a file, and not what the mail says."""
    if not is_shown(leaf) or leaf.disposition == "attachment":
        return True
    # Some programs name the renderings of the text: they are no files for that.
    return bool(leaf.name) and leaf.around != "alternative"


def open_mail(data: bytes) -> Opened:
    """The files of a mail that is a file itself. Its text is read by who wants to see it."""
    tree = mime.parse(data)
    opened = Opened()
    for leaf in tree.leaves():
        if is_file(leaf):
            opened.members.append(of_leaf(leaf))
        else:
            files, defects = in_text(leaf)
            opened.members += files
            opened.defects += defects
    opened.defects += tree.defects
    return opened


def of_leaf(leaf: mime.Leaf) -> Member:
    """A leaf as a member of its mail."""
    return Member(
        number=leaf.path,
        name=leaf.name,
        data=leaf.data(),
        content_type=leaf.content_type,
        content_id=leaf.content_id,
        inline=leaf.disposition == "inline"
        or (leaf.content_id is not None and leaf.disposition != "attachment"),
        opened=leaf.around == "report",  # the mail that came back is not looked into
    )


def open_coded(data: bytes) -> Opened:
    """The files in a text that is nothing but code."""
    members, defects = _found(data, "")
    return Opened(members, defects=defects)


def in_text(leaf: mime.Leaf) -> tuple[list[Member], list[str]]:
    """The files that stand coded in a text of the mail, and what is wrong with them."""
    return _found(leaf.data(), f"{leaf.path}/") if leaf.content_type == SHOWN[0] else ([], [])


def _found(data: bytes, prefix: str) -> tuple[list[Member], list[str]]:
    members: list[Member] = []
    defects: list[str] = []
    for number, (kind, found) in enumerate(encoded_text.take_out(data).files, start=1):
        name = text.decode(found.name, "utf-8")[0]
        members.append(Member(f"{prefix}{number}", name, found.data, found.content_type))
        if found.cut:
            defects.append(f"{kind} file {text.one_line(name)[:80]} cut short or damaged")
        if found.content_type == "application/pgp-encrypted":
            defects.append("encrypted (PGP): cannot be read here")
    return members, defects
