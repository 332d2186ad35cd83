"""RTF as Outlook writes mails: unpacked ([MS-OXRTFCP]), and its text or HTML ([MS-OXRTFEX])."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from intake.attached.mapi import charset
from intake.text import header as text

# More than any mail; each byte is looked at in Python.
MOST: Final = 4 * 1024 * 1024
READ: Final = 1024 * 1024
_DEEPEST: Final = 500
_PACKED: Final = b"LZFu"
_PLAIN: Final = b"MELA"
# [MS-OXRTFCP] 2.1.3.1: what the dictionary holds at the start.
_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def unpack(packed: bytes) -> tuple[bytes, bool]:
    """The RTF in a PR_RTF_COMPRESSED value, and whether some of it is missing."""
    size = int.from_bytes(packed[4:8], "little")
    kind = packed[8:12]
    if size > MOST or len(packed) > MOST:
        return b"", True
    if kind == _PLAIN:
        return packed[16 : 16 + size], len(packed) - 16 < size
    if kind != _PACKED:
        return b"", bool(packed)
    found = _unpacked(packed, size)
    return found, len(found) < size


def _unpacked(packed: bytes, size: int) -> bytes:
    out = bytearray(_DICTIONARY)
    end = len(_DICTIONARY) + size
    place = 16
    while place < len(packed) and len(out) < end:
        flags = packed[place]
        place += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += packed[place : place + 1]
                place += 1
                continue
            pair = int.from_bytes(packed[place : place + 2], "big")
            place += 2
            # The dictionary is a ring of 4,096 bytes; its place to be written next ends all.
            back = (len(out) - (pair >> 4)) % 4096
            if not back or place > len(packed):
                return bytes(out[len(_DICTIONARY) : end])
            out += _copied(out, back, (pair & 15) + 2)
    return bytes(out[len(_DICTIONARY) : end])


def _copied(out: bytearray, back: int, size: int) -> bytes:
    """`size` bytes from `back` before the end; what is written now may be part of it."""
    if back > len(out):
        return bytes(size)
    start = len(out) - back
    piece = bytes(out[start : start + size])
    return (piece * (size // len(piece) + 1))[:size]


_TOKEN: Final = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})?[ ]?|\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|(?P<words>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
# Groups that hold no text of the mail.
_SILENT: Final = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer"}
    | {b"generator", b"listtable", b"listoverridetable", b"themedata", b"datastore", b"fldinst"}
)
_SIGNS: Final = {
    b"par": "\r\n", b"line": "\r\n", b"tab": "\t", b"lquote": "\u2018", b"rquote": "\u2019",
    b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"endash": "\u2013", b"emdash": "\u2014",
    b"bullet": "\u2022", b"cell": "\t", b"row": "\r\n", b"sect": "\r\n", b"page": "\r\n",
}  # fmt: skip
_IN_MARKUP: Final = (b"par", b"tab")
_OTHER_SIGNS: Final = {b"~": "\u00a0", b"_": "-", b"-": "", b"\n": "\r\n", b"\r": "\r\n"}
# \fcharset -> code page ([MS-WMF] 2.1.1.5)
_FONT_CHARSETS: Final = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254} | {
    163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250
}  # fmt: skip


@dataclass(slots=True)
class _Group:
    silent: bool = False
    fonts: bool = False  # the table of fonts
    markup: bool = False  # \htmltag: HTML that stands in the RTF
    replaced: bool = False  # \htmlrtf: RTF that stands for HTML
    codepage: int = 0
    skip: int = 1  # signs after \u for who does not know it


@dataclass(slots=True)
class _Reader:
    out: list[str] = field(default_factory=list)
    html: bool = False
    _codepage: int = 1252
    _fonts: dict[int, int] = field(default_factory=dict)
    _font: int = 0
    _pending: bytearray = field(default_factory=bytearray)
    _pending_codepage: int = 0
    _high: int = 0
    _to_skip: int = 0

    def read(self, rtf: bytes) -> None:
        stack = [_Group()]
        group = stack[-1]
        first = False  # of a group: there \* may stand
        place = 0
        while len(stack) < _DEEPEST and (token := _TOKEN.match(rtf, place)):
            place = token.end()
            if token["brace"] == b"{":
                group = replace(group)
                stack.append(group)
                first = True
                continue
            if token["brace"]:
                if len(stack) > 1:
                    stack.pop()
                group = stack[-1]
            elif token["word"] == b"bin":
                place += max(0, int(token["number"] or 0))
            elif token["sign"] == b"*":
                group.silent = group.silent or first
                continue
            else:
                self._token(token, group)
            first = False
        self.flush()

    def _token(self, token: re.Match[bytes], group: _Group) -> None:
        if word := token["word"]:
            self._word(word, int(token["number"]) if token["number"] else None, group)
        elif group.silent or (self.html and group.replaced):
            return
        elif token["hex"]:
            self._bytes(bytes([int(token["hex"], 16)]), group)
        elif token["words"]:
            self._bytes(token["words"], group)
        elif token["sign"] in (b"{", b"}", b"\\"):
            self._bytes(token["sign"], group)
        elif token["sign"] in _OTHER_SIGNS:
            self._sign(_OTHER_SIGNS[token["sign"]])

    def _word(self, word: bytes, number: int | None, group: _Group) -> None:
        if word == b"htmlrtf":
            group.replaced = number != 0
        elif word == b"fromhtml":
            self.html = True
        elif word == b"ansicpg":
            self._codepage = number or 1252
        elif word == b"htmltag":
            group.silent, group.markup = False, True
        elif word == b"fonttbl":
            group.fonts = group.silent = True
        elif word in _SILENT:
            group.silent = True
        elif word == b"f":
            self._font = number or 0
            group.codepage = self._fonts.get(self._font, 0)
        elif word == b"fcharset":
            self._fonts[self._font] = _FONT_CHARSETS.get(number or 0, 0) if number else 0
        elif word == b"uc":
            group.skip = min(max(number or 0, 0), 10)
        elif not (group.silent or (self.html and group.replaced)):
            if word == b"u" and number is not None:
                self._unicode(number, group.skip)
            elif word in _SIGNS and (not group.markup or word in _IN_MARKUP):
                self._sign(_SIGNS[word])

    def _unicode(self, number: int, skip: int) -> None:
        self.flush()
        code = number & 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000 and self._high:
            self.out.append(chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00))
            self._high = 0
        else:
            self.out.append(chr(code))
        self._to_skip = skip

    def _bytes(self, data: bytes, group: _Group) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        codepage = group.codepage or self._codepage
        if codepage != self._pending_codepage:
            self.flush()
            self._pending_codepage = codepage
        self._pending += data

    def _sign(self, sign: str) -> None:
        self.flush()
        self.out.append(sign)

    def flush(self) -> None:
        if self._pending:
            label = charset(self._pending_codepage)
            self.out.append(text.decode(bytes(self._pending), label)[0])
            self._pending.clear()


def to_text(rtf: bytes) -> tuple[str, bool]:
    """Its text, or the HTML that it was made from: True then. Never raises."""
    reader = _Reader()
    reader.read(rtf[:READ])
    return text.clean("".join(reader.out)), reader.html
