"""What in a mail could say to which case it belongs, hardest to forge first; never by title.

Nothing is looked up here: `storage` takes the first clue that hits (design.md, threading clues).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from intake.mail import Mail

ClueKind = Literal["token", "message_id", "thread_index", "reference", "number"]

# 16 random bytes in lower-case base32 (reliability.md 6 D)
_BASE32 = r"[a-z2-7]{26}"
_TAG = re.compile(_BASE32)
_PARTED = re.compile(r"[,;\n]")  # a case may have several: a ticket and a SCAR
_SHORTEST = 4
_LOOKED_AT = 20_000
_CONVERSATION = 22  # MS-OXOMSG 2.2.1.3: 1 reserved byte, 5 of time, 16 of a GUID
# Quoting programs keep the line and may put a mark or a bold star before it.
_REF_WORDS = ("Ref", "ref", "REF")
_REF_HINT = re.compile(r"ref\s?[:：]")  # it begins with plain signs, for which searching is quick
_REF_LINE = re.compile(rf"Ref\s?[:：]\s?\*?({_BASE32})\b", re.IGNORECASE)


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
        for found in _ref_lines(text):
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
    if mail.message_id:  # what answers it came before it, or it came by another route
        yield Clue("message_id", mail.message_id, "message_id")
    if conversation := thread_index(mail):
        yield Clue("thread_index", conversation, "thread_index")
    for where, text in (("subject", mail.subject), ("text", mail.text)):
        for number in number_finder(text):
            yield Clue("number", number, where)


def named(mail: Mail, references: Iterable[str]) -> Iterator[Clue]:
    """Those of the customer's own numbers that the mail names: in its subject, or in new text."""
    for where, text in (("subject", mail.subject), ("text", mail.new_text[:_LOOKED_AT])):
        folded = text.casefold()
        for reference in references:
            if any(_names(folded, one.strip().casefold()) for one in _PARTED.split(reference)):
                yield Clue("reference", reference, where)


def thread_keys(mail: Mail) -> tuple[str, ...]:
    """Under what the mail's conversation is remembered: its own id, those it answers, Outlook's."""
    own = (mail.message_id,) if mail.message_id else ()
    conversation = thread_index(mail)
    outlook = (conversation,) if conversation else ()
    return tuple(dict.fromkeys((*own, *mail.in_reply_to, *mail.references, *outlook)))


def thread_index(mail: Mail) -> str:
    """The conversation of an Outlook Thread-Index: its first 22 bytes; later ones count replies."""
    for value in mail.headers.get("thread-index", ())[:1]:
        compact = "".join(value.split())
        try:
            data = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
        except (binascii.Error, ValueError):
            return ""
        # A conversation has a GUID; zeros are what some programs write instead of one.
        if len(data) >= _CONVERSATION and any(data[6:_CONVERSATION]):
            return f"thread-index:{data[:_CONVERSATION].hex()}"
    return ""


def _names(text: str, reference: str) -> bool:
    signs = [sign for sign in reference if sign.isalnum()]
    if len(signs) < _SHORTEST or not any(map(str.isdigit, signs)):
        return False  # "RMA" or "17" stands in many a mail
    at = text.find(reference)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(reference) : at + len(reference) + 1]
        if not any(map(str.isalnum, around)):
            return True
        at = text.find(reference, at + 1)
    return False


def _ref_lines(text: str) -> Iterator[re.Match[str]]:
    # Looking for the word is a hundred times faster than looking for the pattern.
    places = {at for word in _REF_WORDS for at in _places(text, word)}
    for at in sorted(places):
        if (at == 0 or not text[at - 1].isalnum()) and (found := _REF_LINE.match(text, at)):
            yield found


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def base_address(address: str) -> str:
    """The address without its plus part, lower-cased (servers may fold the case of both)."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _tag(address: str) -> str:
    return address.lower().rpartition("@")[0].partition("+")[2]
