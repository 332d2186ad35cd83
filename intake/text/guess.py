"""Which charset unlabelled bytes are written in: all candidates read them, the likeliest wins.

A sign counts by how usual it is in its language: 1 for what stands on every page, less than 0 for
what no writer mixes (a capital within a word, box drawings, rare Chinese signs). Own tables rather
than a library of detection: a complaint is often one line, and so short a text was told wrongly by
the one that was tried (docs/decisions/0013-guessing-charsets.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

from intake.text import charsets
from intake.text.frequent import HANGUL, LATIN, LETTERS, SIMPLIFIED, TRADITIONAL

SAMPLE: Final = 1_500
_MOST_TELLING: Final = 600
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_WORD: Final = re.compile(r"[^\W\d_]+")
# How much likelier than its words say: our first customers write from there.
_PRIOR: Final[Mapping[str, float]] = {"cp1252": 0.12, "gb18030": 0.08, "cp1250": 0.02}
HINTED: Final = 0.2
# Below this, a text is no text of any language.
PLAUSIBLE: Final = 0.3

_CJK: Final = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_SCRIPTS: Final = ("cp1251", "koi8-u", "cp866", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874")
_LATIN: Final = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "mac_roman", "cp850")
CANDIDATES: Final = (*_LATIN, *_SCRIPTS, *_CJK)


def best(data: bytes, hints: Collection[str] = (), among: Iterable[str] = CANDIDATES) -> str | None:
    """The likeliest codec of bytes that are not UTF-8; None where nothing reads like a language.

    `hints`: codecs named elsewhere in the mail.
    """
    sample = _sample(data)
    codecs = dict.fromkeys((*(hint for hint in hints if hint in CANDIDATES), *among))
    rated = [
        (score + _PRIOR.get(codec, 0.0) + HINTED * (codec in hints), -number, codec)
        for number, codec in enumerate(codecs)
        if (score := _likelihood(sample, codec)) is not None
    ]
    top = max(rated, default=None)
    return top[2] if top is not None and top[0] >= PLAUSIBLE else None


def likelihood(data: bytes, codec: str) -> float | None:
    """How much `data` reads like a language in this codec, from -1 to 1; None: it does not fit."""
    return _likelihood(_sample(data), codec)


def _likelihood(sample: bytes, codec: str) -> float | None:
    # Its last sign may be cut, of up to four bytes.
    ends = range(4 if len(sample) >= _MOST_TELLING else 1)
    texts = (charsets.strict(sample[: len(sample) - less], codec) for less in ends)
    text = next((one for one in texts if one is not None), None)
    return None if text is None else rating(text, codec)


def rating(text: str, codec: str) -> float:
    """How much the signs beyond ASCII read like a language, from -1 to 1."""
    high = [sign for sign in text if sign > "\x7f"]
    if not high:
        return 0.0
    if codec in _CJK:
        return _cjk(high, codec)
    if codec in _LATIN:
        return _latin(text, high)
    if codec in _SCRIPTS:
        return _script(text, high)
    # Valid UTF-8 is no chance: "ÄÖÜ" may stand there alone.
    latin = _latin(text, high, alone=True)
    return max(latin, _script(text, high), _cjk(high, "utf-8"))


def _cjk(high: list[str], codec: str) -> float:
    return sum(map(_weights(codec).__getitem__, high)) / len(high)


def _sample(data: bytes) -> bytes:
    """The words that have a byte beyond ASCII, of the first lines that have one."""
    found = b" ".join(word for word in _first(data).split() if not word.isascii())
    if len(found) <= _MOST_TELLING:
        return found
    end = found.rfind(b" ", _MOST_TELLING // 2, _MOST_TELLING)
    return found[: end if end > 0 else _MOST_TELLING]


def telling(text: str) -> str:
    """The same of a text: its first words with a sign beyond ASCII."""
    words = (word for word in text[:SAMPLE].split() if not word.isascii())
    return " ".join(words)[:_MOST_TELLING]


def _first(data: bytes) -> bytes:
    if len(data) <= SAMPLE:
        return data
    found = _HIGH.search(data)
    start = data.rfind(b"\n", 0, found.start()) + 1 if found else 0
    if found and found.start() - start > SAMPLE // 2:
        start = found.start()
    return data[start : start + SAMPLE]


def _latin(text: str, high: list[str], *, alone: bool = False) -> float:
    """By the language whose letters they are best; symbols count little, and less within words."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    # A letter that stands alone speaks for no language.
    written = [sign.lower() for word in words if len(word) > 1 for sign in word if sign > "\x7f"]
    others = len(high) - len(written)
    signs = sum(_SYMBOLS.get(sign, -0.6) for sign in high if not sign.isalpha())
    faults = 1.5 * sum(map(_broken_case, words)) + len(_SPLIT.findall(text))
    if not written:
        return (signs - faults) / max(1, others)
    counts = Counter(written)
    seen = frozenset(counts)
    best = max(
        sum(count if sign in own else -0.5 * count for sign, count in counts.items())
        + 0.01 * len(seen & own)
        - 0.02 * len(seen - own)
        for own in LATIN
    )
    # A word of any Latin language has letters of ASCII, too.
    if not alone:
        faults += sum(1.5 * len(word) for word in words if _foreign(word))
    return (best + signs - faults) / len(high)


_SYMBOLS: Final = dict.fromkeys("°±µ€§«»–—…‘’‚“”„•·²³½¼¾×®©™£¿¡´ ¢º\xad", 0.5)
# A symbol between two letters or symbols; apostrophes may stand there.
_SPLIT: Final = re.compile(
    r"(?<=[^\x00-@\[-`{-\x7f\s])[^\x00-\x7f\w\s’´‘\xad·…](?=[^\x00-@\[-`{-\x7f\s])"
)


def _foreign(word: str) -> bool:
    return len(word) > 2 and not any("a" <= sign <= "z" or "A" <= sign <= "Z" for sign in word)


def _broken_case(word: str) -> int:
    """How many capitals beyond ASCII stand behind a small letter."""
    return sum(
        after > "\x7f" and after.isupper() and before.islower() for before, after in pairwise(word)
    )


def _script(text: str, high: list[str]) -> float:
    """Letters of one alphabet by their rank in it; case must not turn around within a word."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    best = max(_total(own, high) for own in _RANKS.values())
    broken = sum(map(_broken_case, words))
    mixed = sum(1 for word in words if word[:1] > "\x7f" and re.search("[a-zA-Z]", word))
    alone = sum(1 for word in words if len(word) == 1 and word > "\x7f")
    return (best - 1.5 * broken - 0.5 * mixed - 0.4 * alone) / len(high)


def _total(weights: Mapping[str, float], high: list[str]) -> float:
    return sum(weights.get(sign, _SYMBOLS.get(sign, -0.8)) for sign in high)


def _ranks(letters: str) -> dict[str, float]:
    """1 for the third that is met most, down to 0.2."""
    step = len(letters) / 3
    ranks = {sign: (1.0, 0.6, 0.2)[int(number / step)] for number, sign in enumerate(letters)}
    return {**{sign.upper(): rank * 0.6 for sign, rank in ranks.items()}, **ranks}


_RANKS: Final = {name: _ranks(letters) for name, letters in LETTERS.items()}


class _Weights(dict[str, float]):
    """What each sign weighs in a codec, reckoned when it is first met."""

    def __init__(self, codec: str) -> None:
        self._codec = codec

    def __missing__(self, sign: str) -> float:
        weight = self[sign] = _weight(sign, self._codec)
        return weight


@lru_cache(maxsize=8)
def _weights(codec: str) -> _Weights:
    return _Weights(codec)


_FIRST_LEVEL: Final = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "utf-8": ("gb2312", 0xB0, 0xD7),
    "big5hkscs": ("big5", 0xA4, 0xC6),
    "cp932": ("euc_jp", 0xB0, 0xCF),
    "euc_jp": ("euc_jp", 0xB0, 0xCF),
    "cp949": ("euc_kr", 0xB0, 0xC8),
}
_JAPANESE: Final = ("cp932", "euc_jp")
_HANZI: Final = {
    "gb18030": SIMPLIFIED,
    "big5hkscs": TRADITIONAL,
    "utf-8": SIMPLIFIED | TRADITIONAL,
}


def _weight(sign: str, codec: str) -> float:
    if sign in _PUNCTUATION:
        return 0.6
    if "\u3041" <= sign <= "\u30fe":
        return 1.0 if codec in (*_JAPANESE, "utf-8") else 0.2
    if "\uff01" <= sign <= "\uff5e":
        return 0.4
    if "\uff61" <= sign <= "\uff9f":
        return -0.1
    if sign in HANGUL and codec in ("cp949", "utf-8"):
        return 1.0
    if sign in _HANZI.get(codec, ()):
        return 1.0
    if sign in TRADITIONAL and codec == "gb18030":
        return 0.7
    if _is_usual(sign, codec):
        return 0.5 if codec in _JAPANESE else 0.3
    return 0.1 if unicodedata.category(sign) in ("Ll", "Lu") else -0.5


def _is_usual(sign: str, codec: str) -> bool:
    name, first, last = _FIRST_LEVEL[codec]
    code = sign.encode(name, "ignore")
    return len(code) == 2 and first <= code[0] <= last


_PUNCTUATION: Final = frozenset("、。，．・：；？！「」『』【】（）《》〈〉“”‘’—…～·　※○●△□①②③④⑤")
