"""The text of an answer cut into words and signs; case and width do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

_ASIAN: Final = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PART: Final = rf"[^\W_{_ASIAN}]"
# "don't", "d'accord", "e-mail" and "dis-approved" are one word each; Chinese has a word a sign.
_TOKEN: Final = re.compile(
    rf"(?P<asian>[{_ASIAN}])"
    rf"|(?P<word>{_PART}+(?:['’-]{_PART}+)*)"
    r"|(?P<doubt>[.。](?:[^\S\n]*[.。])+|!\?|[:;]-?[()DPp])"
    r"|(?P<line>\n)"
    r"|(?P<sep>[,;.!。、]|(?<=\s)[-–—](?=\s))"
    r"|(?P<sign>[^\s*_¡])"
)
# An emoji in one colour of skin or style is the same emoji.
_STYLES: Final = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)])


class Token(NamedTuple):
    """`word` is folded; `kind`: word, asian, sep, line, sign or doubt ("...", ";-)")."""

    word: str
    raw: str
    kind: str
    start: int
    end: int


def visible(text: str) -> str:
    """NFKC, and without what nobody sees: zero-width characters are left over from HTML."""
    kept = text if text.isascii() else _seen(text)
    return kept.replace("’", "'").replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")


def _seen(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).translate(_STYLES)
    return "".join(c for c in wide if c == "\n" or unicodedata.category(c) != "Cf")


def tokens(text: str) -> list[Token]:
    """Of a `visible` text."""
    return list(_tokens(text))


def words(text: str) -> list[str]:
    """The folded words and signs of a text."""
    return [one.word for one in _tokens(visible(text))]


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        raw = found.group()
        yield Token(folded(raw), raw, str(found.lastgroup), found.start(), found.end())


def folded(word: str) -> str:
    """Without case; "straße" and "STRASSE" are one."""
    low = word.casefold()
    return low if low.isascii() else unicodedata.normalize("NFKC", low)


def bare(word: str) -> str:
    """Without accents, as people type where the keyboard has none."""
    split = unicodedata.normalize("NFD", word)
    return "".join(c for c in split if not 0x300 <= ord(c) < 0x330).replace("ł", "l")
