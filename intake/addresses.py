"""Addresses out of header fields, and who is proven to have sent a mail.

A name before an address is free text and may look like another address; five of sixteen crafted
From fields gave different persons to different readers (reliability.md 2.3). So the sender counts
as proven only where three readings see the same single address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.utils import getaddresses

from intake import text
from intake.mail import Address

# reliability.md 4.1
AT_MOST = 500
_ATOM = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f\ud800-\udfff]+"
_NAME = r'(?:"(?:[^"\\]|\\.)*"|[^<>()\[\]\\,;:@"]*)'
_COMMENT = r"(?:\([^()\\<>@]*\))?"
_ONE_SENDER = re.compile(
    rf"\s*(?:{_NAME}\s*<(?P<address>{_ATOM}@{_ATOM})>|(?P<bare>{_ATOM}@{_ATOM}))\s*{_COMMENT}\s*"
)


def addresses(values: Iterable[str]) -> tuple[Address, ...]:
    """The addresses of some raw fields, in order, at most 500; what has no "@" is none."""
    found: list[Address] = []
    for value in values:
        for name, address in _pairs(text.raw_text(value)):
            if "@" in address and len(found) < AT_MOST:
                plain = text.one_line(address).replace(" ", "").lower()
                found.append(Address(text.one_line(text.decode_words(name)), plain))
    return tuple(found)


def proven_sender(values: Sequence[str], other_reading: Sequence[tuple[str, str]]) -> str | None:
    """The one address of the one From field on which all readings agree, lower-cased.

    `other_reading` is what mail-parser makes of the field.
    """
    if len(values) != 1 or len(other_reading) != 1:
        return None
    own = _ONE_SENDER.fullmatch(values[0])
    library = _pairs(values[0])
    if own is None or len(library) != 1:
        return None
    seen = {own["address"] or own["bare"], library[0][1], other_reading[0][1]}
    return seen.pop().lower() if len(seen) == 1 else None


def _pairs(value: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([value])
    except (RecursionError, IndexError, ValueError, TypeError, AttributeError):
        # 900 "(" in less than 1 KB are enough for the standard library
        return []
