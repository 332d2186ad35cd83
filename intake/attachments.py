"""Attachments: every leaf that is not the body, with a name that is safe to show and to save."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from intake.mail import Attachment
from intake.mime import Leaf

NAME_BYTES = 200
_ENDINGS = {
    "application/pdf": ".pdf",
    "application/ms-tnef": ".tnef",
    "application/pgp-signature": ".asc",
    "application/zip": ".zip",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "video/mp4": ".mp4",
}
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Names that Windows takes for devices, with any ending.
_RESERVED = re.compile(r"(?i)^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)")


def attachment(leaf: Leaf) -> Attachment:
    """What is remembered of a leaf. The name is data, never a path (reliability.md 4.5)."""
    data = leaf.data()
    return Attachment(
        part=leaf.path,
        name=safe_name(leaf.name) or f"part-{leaf.path}{_ENDINGS.get(leaf.content_type, '.bin')}",
        content_type=leaf.content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        inline=leaf.disposition == "inline"
        or (leaf.content_id is not None and leaf.disposition != "attachment"),
        content_id=leaf.content_id,
    )


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
