"""Attachments: every leaf that is not the body, and what is inside it, with names safe to show.

A file in a file has the part of its container and its place there: "2/1" is the first file in the
winmail.dat that is part 2.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from intake.attached import encoded_text, invitation, openers, rtf, smime, sniff, tnef
from intake.attached.container import Member, Opened
from intake.mail import Attachment
from intake.mime import tree as mime
from intake.text import html

NAME_BYTES = 200
DEPTH: Final = 5  # files in files in files
_ENDINGS = {
    "application/applefile": ".applefile",
    "application/gzip": ".gz",
    "application/ms-tnef": ".tnef",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/zip": ".zip",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/vnd.dwg": ".dwg",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
# What the bytes show is no more than what was claimed.
_VAGUE: Final = frozenset(
    {"", "text/plain", "text/xml", "application/zip", "application/x-ole-storage"}
)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Names that Windows takes for devices, with any ending.
_RESERVED = re.compile(r"(?i)^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")
_SMIME_NOTES: Final = {
    "encrypted": "encrypted (S/MIME): cannot be read here",
    "compressed": "compressed (S/MIME): not read",
    "unknown": "S/MIME part unreadable",
}
_NOTES: Final = {
    "message/partial": "one piece of a mail sent in pieces (message/partial)",
    "message/external-body": "a file that is not in the mail (message/external-body), not fetched",
}
_RICH: Final = frozenset({"text/rtf", "application/rtf", "text/richtext", "text/enriched"})


@dataclass(slots=True)
class Files:
    """The files of one mail as they are found, and what they say in place of a missing text."""

    defects: list[str]
    found: list[Attachment] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    more: bool = False

    def take(self, leaf: mime.Leaf) -> None:
        """A leaf that is a file, and what is inside it."""
        self._take(openers.of_leaf(leaf), leaf.path, 0)
        self._note(leaf)

    def take_out(self, leaf: mime.Leaf) -> bytes:
        """The bytes of a text leaf without the files that stand coded in it; those are taken."""
        members, defects = openers.in_text(leaf)
        if not members:
            return leaf.data()
        self.defects += defects
        for member in members:
            self._take(member, member.number, 1)
        return encoded_text.take_out(leaf.data()).rest

    def _take(self, member: Member, part: str, depth: int) -> None:
        if len(self.found) >= mime.PARTS:
            if not self.more:
                self.defects.append(f"more than {mime.PARTS} files")
            self.more = True
            return
        self.found.append(_attachment(member, part))
        opened = _opened(member, depth)
        if opened is None:
            return
        self.defects += opened.defects
        if not depth and member.data.startswith(tnef.SIGNATURE):
            self.texts.append(_words_of(opened))
        for inner in opened.members:
            self._take(inner, f"{part}/{inner.number}", depth + 1)

    def _note(self, leaf: mime.Leaf) -> None:
        """What a reader must know of a file that cannot be shown, and what it says if it can."""
        kind = leaf.content_type
        if mime.is_smime(leaf):
            inside = smime.look_inside(leaf.data()).kind
            self.defects += [_SMIME_NOTES[inside]] if inside in _SMIME_NOTES else []
        elif kind in _NOTES:
            self.defects.append(_NOTES[kind])
        elif kind == "application/octet-stream" and leaf.around == "encrypted":
            self.defects.append("encrypted (PGP): cannot be read here")
        elif kind == "text/calendar":
            self.texts.append(invitation.readable(leaf.data(), leaf.charset))
        elif kind in _RICH and leaf.data().startswith(b"{\\rtf"):
            words, is_html = rtf.to_text(leaf.data())
            self.texts.append(html.to_text(words) if is_html else words)


def _words_of(opened: Opened) -> str:
    """Of a winmail.dat: it is the mail itself in another form. An attached mail is another one."""
    return opened.text if opened.text.strip() else html.to_text(opened.html)


def _opened(member: Member, depth: int) -> Opened | None:
    open_ = openers.opener(member.content_type, member.name, member.data)
    if open_ is None or member.opened or depth >= DEPTH:
        return None
    return open_(member.data)


def payload(raw: bytes, part: str) -> bytes:
    """The bytes of the attachment `part` again, the same that `read` counted. KeyError if none."""
    every = {leaf.path: leaf for leaf in mime.parse(raw).leaves()}
    if part in every:
        return every[part].data()
    for path, leaf in reversed(every.items()):
        if part.startswith(f"{path}/"):
            return _member(leaf, part).data
    raise KeyError(part)


def _member(leaf: mime.Leaf, part: str) -> Member:
    if not openers.is_file(leaf):
        members = {member.number: member for member in openers.in_text(leaf)[0]}
        return _in(members, part, 1)
    return _in({leaf.path: openers.of_leaf(leaf)}, part, 0)


def _in(members: dict[str, Member], part: str, depth: int) -> Member:
    """The member of that number, or what is inside one of them."""
    if part in members:
        return members[part]
    for number in sorted(members, key=len, reverse=True):
        opened = _opened(members[number], depth) if part.startswith(f"{number}/") else None
        if opened is not None:
            inside = {f"{number}/{one.number}": one for one in opened.members}
            return _in(inside, part, depth + 1)
    raise KeyError(part)


def _attachment(member: Member, part: str) -> Attachment:
    """What is remembered of a file. The name is data, never a path (reliability.md 4.5)."""
    sniffed = sniff.sniff(member.data)
    kind = member.content_type.lower()[:100] or sniffed or "application/octet-stream"
    return Attachment(
        part=part,
        name=safe_name(member.name) or f"part-{part.replace('/', '-')}{_ending(kind, sniffed)}",
        content_type=kind,
        size=len(member.data),
        sha256=hashlib.sha256(member.data).hexdigest(),
        inline=member.inline,
        content_id=member.content_id,
        sniffed=sniffed,
    )


def _ending(claimed: str, sniffed: str) -> str:
    kind = claimed if sniffed in _VAGUE or sniffed not in _ENDINGS else sniffed
    return _ENDINGS.get(kind) or _ENDINGS.get(sniffed, ".bin")


def safe_name(name: str) -> str:
    """The last component in NFC, no control or invisible sign, <= 200 bytes; "" for nothing."""
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", name)
        # Cc controls, Cf bidi and zero-width, Cs surrogates, Zl/Zp separators, Co/Cn unknown
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")
    )
    last = re.split(r"[/\\]", kept)[-1]
    last = _FORBIDDEN.sub("_", " ".join(last.split())).strip(". ")
    return _shorten(_RESERVED.sub(lambda m: f"_{m[0]}", last))


def _shorten(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, tail = name, ""
    else:
        tail = dot + ending
    room = NAME_BYTES - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + tail
