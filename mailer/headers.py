"""Header values that any mail server takes: one line, 7-bit, folded (RFC 5322, RFC 2047)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.header import Header

from mailer.addresses import wired

WIDTH = 76
SUBJECT_LIMIT = 180
NAME_LIMIT = 100
WORD_WIDTH = 64  # with "Subject: " before it still a line of 76 (RFC 2047 section 2)
MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,248}>")
# "Re" as mail programs of our customers write it: Outlook in German AW, in Chinese 回复 or 答复.
REPLY_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|r|rif|odp|回复|回覆|答复|答覆)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]",
    re.IGNORECASE,
)
ENCODED_WORD = "=?"


def one_line(value: str) -> str:
    """Return `value` without line breaks, controls and broken characters: no header hides in it."""
    sound = value.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in sound).split())


def thread_subject(
    customer_subject: str | None, number: str, fallback: str, *, former: str | None = None
) -> str:
    """Return the subject that keeps a letter in the customer's own thread (R-34).

    `fallback` stands alone when the customer wrote no subject, or when nothing of his may be
    repeated (reliability.md 4.3). `former` is the number before a registration anew (R-28).
    """
    theirs = one_line(customer_subject or "")
    while prefix := REPLY_PREFIX.match(theirs):
        theirs = theirs[prefix.end() :].strip()
    if former:
        theirs = one_line(theirs.replace(f"[{former}]", " "))
    words = f"Re: {_shortened(theirs)}" if theirs else one_line(fallback)
    known = re.search(rf"(?<![\w-]){re.escape(number)}(?![\w-])", words)
    return words if known else f"{words} [{number}]"


def message_ids(found: Sequence[str]) -> tuple[str, ...]:
    """Return the well-formed ones: a customer's broken Message-ID must not spoil our header."""
    return tuple(one for one in found if MESSAGE_ID.fullmatch(one))


def text_header(name: str, value: str) -> str:
    """Return one header with free text, encoded when it must be, folded, without last CRLF."""
    value = one_line(value)
    words = value.split(" ")
    if value.isascii() and ENCODED_WORD not in value and max(map(len, words)) < WIDTH:
        return _folded(f"{name}:", words)
    return _folded(f"{name}:", _encoded(value))


def address_header(name: str, people: Sequence[tuple[str, str]]) -> str:
    """Return one header with a list of (name, address)."""
    pieces: list[str] = []
    for at, person in enumerate(people, 1):
        pieces += _mailbox(*person)
        pieces[-1] += "," if at < len(people) else ""
    return _folded(f"{name}:", pieces)


def token_header(name: str, tokens: Sequence[str]) -> str:
    """Return one header of tokens that are never split, as in References."""
    return _folded(f"{name}:", list(tokens))


def _mailbox(name: str, address: str) -> list[str]:
    name, address = one_line(name)[:NAME_LIMIT].rstrip(), wired(address)
    if not address.isascii():
        # RFC 6857 section 3.1.8: an address that 7-bit headers cannot hold is shown as an
        # empty group; the envelope has it in full (SMTPUTF8).
        return [*_encoded(f"{name} <{address}>".strip()), ":;"]
    if not name:
        return [address]
    if name.isascii() and ENCODED_WORD not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"', f"<{address}>"]
    return [*_encoded(name), f"<{address}>"]


def _encoded(value: str) -> list[str]:
    return Header(value, "utf-8", maxlinelen=WORD_WIDTH).encode(linesep="\n").split("\n ")


def _folded(start: str, pieces: Sequence[str]) -> str:
    lines = [start]
    for piece in pieces:
        # RFC 5322 section 2.2.3; no line may consist of white space alone.
        if len(lines[-1]) + 1 + len(piece) > WIDTH and lines[-1] != start:
            lines.append(f" {piece}")
        else:
            lines[-1] += f" {piece}"
    return "\r\n".join(lines)


def _shortened(text: str) -> str:
    return text if len(text) <= SUBJECT_LIMIT else text[: SUBJECT_LIMIT - 1].rstrip() + "…"
