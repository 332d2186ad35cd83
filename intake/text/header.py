"""Header fields as text (RFC 2047, leniently), and what no line of text may hold."""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection

from intake.text.charsets import ALIASES, codec_of
from intake.text.decoding import REPLACED, clean, decode, reads_as, told

__all__ = [
    "ALIASES",
    "clean",
    "codec_of",
    "decode",
    "decode_words",
    "field_text",
    "one_line",
    "raw_text",
    "reads_as",
]

# Ends at "?=", at the next word or at the end of the field: words come without their end, too.
# Each sign can be taken in one way only and no word runs over the start of the next: linear.
_ENCODED_WORD = re.compile(
    r"=\? ?([^?\s*=]{0,60})(?:\*[^?\s]{0,40})? ?\? ?([bBqQ]) ?"
    r"\?((?:[^?=]|=(?!\?(?!=))|\?(?!=))*)(?:\?=|(?==\?)|\Z)"
)
_Q_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=_-]")
_NESTED = 2
# Every control but TAB; line and paragraph separators; bidi controls that turn a name around.
_LINE_UNWANTED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """`text` as one line: fit for a subject or a name, and for a header of a letter of ours."""
    if not text.isprintable():
        text = clean(_LINE_UNWANTED.sub(" ", text))
    return " ".join(text.split())


def field_text(
    value: str, charset: str = "", notes: list[str] | None = None, hints: Collection[str] = ()
) -> str:
    """A header field as the parser holds it (raw bytes as surrogates) -> decoded, one line.

    `notes` gets what had to be guessed, in words.
    """
    plain = value.isascii()
    if plain and "=?" not in value:
        return one_line(_seven_bit(value) if "\x1b" in value else value)
    return one_line(decode_words(raw_text(value, charset, notes, hints), notes))


def _seven_bit(value: str) -> str:
    return decode(value.encode("ascii"))[0]


def raw_text(
    value: str, charset: str = "", notes: list[str] | None = None, hints: Collection[str] = ()
) -> str:
    """Raw 8-bit bytes of a header field decoded; encoded words are left as they are."""
    if value.isascii():
        return value
    text, read_by = decode(value.encode("utf-8", "surrogateescape"), charset, hints)
    if notes is not None:
        lost = ": signs lost" if read_by == REPLACED else f" read as {read_by}"
        notes.append(f"raw 8-bit characters{lost}")
    return text


def decode_words(value: str, notes: list[str] | None = None) -> str:
    """RFC 2047, leniently: words anywhere, characters split over words of one charset joined."""
    for _ in range(_NESTED):
        if "=?" not in value:
            break
        decoded = _decode_words(value, notes)
        if decoded == value:
            break
        value = decoded
    return value


def _decode_words(value: str, notes: list[str] | None) -> str:
    out: list[str] = []
    run = b""
    charset: str | None = None
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        data = _word_bytes(word[2], word[3])
        if data is None:
            if notes is not None:
                notes.append("encoded word unreadable")
            continue
        between = value[end : word.start()]
        # RFC 2047 6.2: white space between two encoded words is no text
        gap = bool(between.strip())
        if charset is not None and (gap or word[1].lower() != charset):
            out.append(_read_run(run, charset, notes))
            run = b""
        if gap or charset is None:
            out.append(between)
        run, charset, end = run + data, word[1].lower(), word.end()
    if charset is not None:
        out.append(_read_run(run, charset, notes))
    out.append(value[end:])
    return "".join(out)


def _read_run(data: bytes, charset: str, notes: list[str] | None) -> str:
    text, read_by = decode(data, charset)
    if notes is not None and (note := told(data, charset, text, read_by)):
        notes.append(note)
    return text


def _word_bytes(encoding: str, text: str) -> bytes | None:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _Q_BYTE.sub(lambda m: bytes([int(m[1], 16)]), data.replace(b"_", b" "))
    return _base64(data)


def _base64(data: bytes) -> bytes | None:
    """RFC 4648, leniently: with spaces, padding missing or needless, cut. None: it is no base64."""
    letters = b"".join(data.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"?")
    if _NO_BASE64.search(letters):
        return None
    out = bytearray()
    for group in letters.split(b"="):
        whole = group[:-1] if len(group) % 4 == 1 else group
        out += binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return bytes(out) or None
