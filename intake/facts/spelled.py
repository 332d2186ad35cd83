"""Small numbers in words, as sentences have them: "three brackets", "drei Gehäuse", 两件."""

from __future__ import annotations

import re
from typing import Final

# From two on: "one" is an article in most languages. What means something else too is left out.
_WORDS: Final = {
    2: "two zwei deux dos due twee dois duas dwa dwie",
    3: "three drei trois tres drie três trzy",
    4: "four vier quatre cuatro quattro quatro cztery",
    5: "five fünf cinq cinco cinque vijf pięć",
    6: "six sechs seis zes sześć",
    7: "seven sieben sept siete sette zeven sete siedem",
    8: "eight acht huit ocho otto oito osiem",
    9: "nine neun neuf nueve nove negen dziewięć",
    10: "ten zehn diez dieci tien dziesięć",
    11: "eleven elf onze",
    12: "twelve zwölf douze doce dodici twaalf",
}
_VALUES: Final = {word: value for value, words in _WORDS.items() for word in words.split()}
_HAN: Final = dict(zip("两兩二三四五六七八九十", (2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
_KEYS: Final = frozenset(_VALUES)
_LATIN: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(_VALUES, key=len, reverse=True))})(?= \w)", re.IGNORECASE
)
_CHINESE: Final = re.compile(
    r"(?<![一二两兩三四五六七八九十百千第])[二两兩三四五六七八九十](?=[件个個只隻片支套根])"
)


def is_spelled(line: str) -> bool:
    """Whether a number may stand in it in words."""
    if not _KEYS.isdisjoint(line.lower().split()):
        return True
    return not line.isascii() and _CHINESE.search(line) is not None


def in_digits(line: str) -> str:
    """The line with digits for such words."""
    if not is_spelled(line):
        return line
    return _CHINESE.sub(_digits, _LATIN.sub(_digits, line))


def _digits(hit: re.Match[str]) -> str:
    return str(_HAN[hit[0]] if hit[0] in _HAN else _VALUES[hit[0].lower()])
