"""What in a mail could say to which case it belongs, hardest to forge first; never by title.

Nothing is looked up here: `storage` takes the first clue that hits (design.md, threading clues).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from intake.mail import Mail

ClueKind = Literal["token", "message_id", "number"]

# 16 random bytes in lower-case base32 (reliability.md 6 D)
_BASE32 = r"[a-z2-7]{26}"
_TAG = re.compile(_BASE32)
# Quoting programs keep the line and may put a mark or a bold star before it.
_REF_LINE = re.compile(rf"\bRef\s?[:：]\s?\*?({_BASE32})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clue:
    """One clue: `value` is lower-cased for a token; `where` names the field it stood in."""

    kind: ClueKind
    value: str
    where: str


def clues(
    mail: Mail,
    number_finder: Callable[[str], tuple[str, ...]],
    own_addresses: Iterable[str],
) -> Iterator[Clue]:
    """Every clue of the mail once. `number_finder` knows the company's pattern (R-20)."""
    seen: set[tuple[str, str]] = set()
    for clue in _all(mail, number_finder, own_addresses):
        if (clue.kind, clue.value) not in seen:
            seen.add((clue.kind, clue.value))
            yield clue


def tokens(mail: Mail, own_addresses: Iterable[str]) -> Iterator[Clue]:
    """Reply tokens in plus-addresses of ours, then in the line that our letters carry."""
    own = {base_address(address) for address in own_addresses}
    recipients = (
        ("delivered_to", mail.delivered_to),
        ("to", tuple(one.address for one in mail.to)),
        ("cc", tuple(one.address for one in mail.cc)),
    )
    for where, addresses in recipients:
        for address in addresses:
            tag = _tag(address)
            if base_address(address) in own and _TAG.fullmatch(tag):
                yield Clue("token", tag, where)
    for where, text in (("subject", mail.subject), ("text", mail.text)):
        for found in _REF_LINE.finditer(text):
            yield Clue("token", found[1].lower(), where)


def _all(
    mail: Mail,
    number_finder: Callable[[str], tuple[str, ...]],
    own_addresses: Iterable[str],
) -> Iterator[Clue]:
    yield from tokens(mail, own_addresses)
    for value in mail.in_reply_to:
        yield Clue("message_id", value, "in_reply_to")
    for value in reversed(mail.references):  # RFC 5322 3.6.4: the parent is the last
        yield Clue("message_id", value, "references")
    for where, text in (("subject", mail.subject), ("text", mail.text)):
        for number in number_finder(text):
            yield Clue("number", number, where)


def base_address(address: str) -> str:
    """The address without its plus part, lower-cased (servers may fold the case of both)."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _tag(address: str) -> str:
    return address.lower().rpartition("@")[0].partition("+")[2]
