"""Addresses out of header fields, and who is proven to have sent a mail.

A name before an address is free text and may look like another address; five of sixteen crafted
From fields gave different persons to different readers (reliability.md 2.3). So the sender counts
as proven only where three readings see the same single address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from email.message import Message
from email.utils import getaddresses

from intake.mail import Address
from intake.text import header as text

# reliability.md 4.1
AT_MOST = 500
_ATOM = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f\ud800-\udfff]+"
_REMARK = r"\([^()\\<>@\"]*\)"
_NAME = rf'(?:"(?:[^"\\]|\\.)*"|(?:[^<>()\[\]\\,;:@"]|{_REMARK})*)'
_ONE_SENDER = re.compile(
    rf"\s*(?:{_NAME}\s*<(?P<address>{_ATOM}@{_ATOM})>|(?P<bare>{_ATOM}@{_ATOM}))"
    rf"\s*(?:{_REMARK})?\s*"
)
# Mail programs without a name write the address twice; to some readers that is two people.
_TWICE = re.compile(rf"\s*\"?({_ATOM}@{_ATOM})\"?\s*(<\1>)\s*")
_IN_A_NAME = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,200}\.\w{2,24}")
_LONGEST = 2000
_WORD = r"[^\s()<>@,:;.\\\"\[\]\x00-\x1f\x7f]++"
_PLAIN = rf"{_WORD}(?:\.{_WORD})*+@{_WORD}(?:\.{_WORD})*+"
# Words, and an address without quotes, comments or spaces.
_USUAL = re.compile(
    rf"[ \t]*+(?:(?P<name>(?:{_WORD}[ \t]++)*+)<(?P<named>{_PLAIN})>|(?P<bare>{_PLAIN}))[ \t]*+"
)
_FIELD_AFTER_ALL = re.compile(r"From\s*:", re.IGNORECASE)
_BELOW = 64 * 1024
_OTHER_HEADS = frozenset({"MisplacedEnvelopeHeaderDefect", "FirstHeaderLineIsContinuationDefect"})


def addresses(values: Iterable[str]) -> tuple[Address, ...]:
    """The addresses of some raw fields, in order, at most 500; what has no "@" is none."""
    found: list[Address] = []
    for value in values:
        for name, address in _pairs(_mended(text.raw_text(value))):
            if "@" in address and len(found) < AT_MOST:
                plain = text.one_line(address).replace(" ", "").lower()
                found.append(Address(text.one_line(text.decode_words(name)), plain))
    return tuple(found)


def proven_sender(values: Sequence[str], other_reading: Sequence[tuple[str, str]]) -> str | None:
    """The one address of the one From field on which all readings agree, lower-cased.

    `other_reading` is what mail-parser makes of the field.
    """
    if len(values) != 1 or len(values[0]) > _LONGEST:
        return None
    twice = _TWICE.fullmatch(values[0])
    value = twice[2] if twice else values[0]
    own, library = _ONE_SENDER.fullmatch(value), _pairs(value)
    if own is None or len(library) != 1:
        return None
    others = {address for _, address in other_reading}
    seen = {own["address"] or own["bare"], library[0][1], *others}
    # An encoded word (RFC 2047) in an address is text to some readers and a code to others.
    agreed = len(seen) == 1 and bool(others) and "=?" not in value.rpartition("<")[2]
    return seen.pop().lower() if agreed else None


def doubtful_head(node: Message) -> bool:
    """Whether other readers may see another From: "From :" is one to some, and so is a field that
    stands below a line that is none."""
    if _FIELD_AFTER_ALL.match(node.get_unixfrom() or ""):
        return True
    names = {type(defect).__name__ for defect in node.defects}
    if names & _OTHER_HEADS:
        return True
    if "MissingHeaderBodySeparatorDefect" not in names:
        return False
    rest = node.preamble if node.is_multipart() else node.get_payload()
    below = str(rest or "")[:_BELOW].replace("\r\n", "\n").partition("\n\n")[0]
    return not node.keys() or any(map(_FIELD_AFTER_ALL.match, below.split("\n")))


def notes(senders: Sequence[Address], wrote: Sequence[Address]) -> Iterator[str]:
    """What a person should know who looks at a sender; `wrote`: who stands in the field Sender."""
    for one in senders[:1]:
        named = {found.lower() for found in _IN_A_NAME.findall(one.name)}
        if named - {one.address}:
            yield "the name of the sender shows another address"
        domain = one.address.rpartition("@")[2]
        if not domain.isascii() or domain.startswith("xn--") or ".xn--" in domain:
            yield "the domain of the sender has other than Latin letters"
        if any(other.address != one.address for other in wrote):
            yield "sent by another (Sender) for the sender"


def _mended(value: str) -> str:
    """A name with "@" before an address in angle brackets, or before one without, in quotes: as
    people read it. What is mended here is never proven."""
    if '"' in value or "\\" in value or "(" in value:
        return value
    if "<" not in value:
        name, _, address = value.strip().rpartition(" ")
        alone = name and address.count("@") == 1 and not any(sign in value for sign in ",;:")
        return f'"{name.strip()}" <{address}>' if alone and "@" not in name else value
    parts = value.split("<")
    for number, part in enumerate(parts[:-1]):
        start = max(part.rfind(","), part.rfind(">"), part.rfind(":")) + 1
        if "@" in part[start:] and "@" in parts[number + 1].partition(">")[0]:
            parts[number] = f'{part[:start]} "{part[start:].strip()}" '
    return "<".join(parts)


def _pairs(value: str) -> list[tuple[str, str]]:
    if usual := _USUAL.fullmatch(value):
        # As the library reads it, in a twentieth of the time
        return [(" ".join((usual["name"] or "").split()), usual["named"] or usual["bare"])]
    try:
        return getaddresses([value])
    except (RecursionError, IndexError, ValueError, TypeError, AttributeError):
        # 900 "(" in less than 1 KB are enough for the standard library
        return []
