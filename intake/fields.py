"""Reading header fields of a mail that is read: what the judges of `intake.kinds.screen` share."""

from __future__ import annotations

import re
from typing import Final

from intake.mail import Mail

_COMMENT: Final = re.compile(r"\((?:[^()\\]|\\.)*\)")
_LONGEST: Final = 1000
_NO: Final = frozenset({"", "no", "none", "false", "0", "off"})


def values_of(mail: Mail, name: str) -> tuple[str, ...]:
    """All values of the field of that lower-case name."""
    return mail.headers.get(name, ())


def first(mail: Mail, name: str) -> str:
    """Its first value, or ""."""
    return next(iter(values_of(mail, name)), "")


def is_set(mail: Mail, name: str) -> bool:
    """Whether one of its values says something other than no."""
    return any(value.strip().lower() not in _NO for value in values_of(mail, name))


def keyword(value: str) -> str:
    """The token of RFC 3834 section 5, comments (nested, too) and parameters taken away."""
    value, before = value[:_LONGEST], None
    while before != value:
        before, value = value, _COMMENT.sub(" ", value)
    return value.partition(";")[0].strip().strip('"').strip().lower()


def precedences(mail: Mail) -> frozenset[str]:
    """What Precedence, and the fields that misspell it, say: bulk, list, junk, auto_reply."""
    names = ("precedence", "x-precedence", "preference")
    return frozenset(keyword(value) for name in names for value in values_of(mail, name))


def report_type(mail: Mail) -> str | None:
    """RFC 6522: the report-type of a multipart/report, "" when it has none, None for others."""
    content_type = first(mail, "content-type").lower()
    if content_type.partition(";")[0].strip() != "multipart/report":
        return None
    found = re.search(r"report-type\s*=\s*\"?([a-z-]+)", content_type)
    return found[1] if found else ""


def null_sender(mail: Mail) -> bool:
    """RFC 5321 4.5.5: Return-Path <> belongs to notices that nobody may answer."""
    paths = values_of(mail, "return-path")
    return bool(paths) and paths[0].replace(" ", "") in ("<>", "")
