"""Case numbers such as KS2024-033 (R-20): how they are written, and how they are found in text."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cases.errors import BadInput

FIELD = re.compile(r"\{([^{}]*)\}")
SEQ = re.compile(r"seq(?::0([1-8]))?")
LITERAL = re.compile(r"[\w\-./#+:]*")
LARGEST_SEQ = 999_999_999

# Mail programs turn the hyphen of a number into a dash, Chinese keyboards all of it into full-width
# forms. Not NFKC, which would make KS2026-0012 of a KS2026-001 with a footnote mark.
PLAIN: dict[int, int | str] = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
}

# A letter or digit next to a number makes it part of a longer word; but Thai, Chinese, Japanese
# and Korean do not put spaces around it.
UNSPACED = r"\u0e00-\u0e7f\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
TOUCHING = rf"[^\W_{UNSPACED}]"
NOT_BEFORE = rf"(?<!{TOUCHING})(?:(?<![0-9][-.])|(?![0-9]))"
NOT_AFTER = rf"(?!{TOUCHING})(?![-.][0-9])"


def format_number(pattern: str, year: int, seq: int) -> str:
    """Write a number, as in `KS{year}-{seq:03}`; a sequence longer than its zeros is not cut."""
    _form(pattern)
    if not (1000 <= year <= 9999 and 1 <= seq <= LARGEST_SEQ):
        raise BadInput(f"no number has year {year} and sequence {seq}")
    return pattern.format(year=year, seq=seq)


def number_year(at: datetime, timezone: ZoneInfo) -> int:
    """Return the year that a case registered `at` (aware) is numbered in: the company's zone's."""
    if at.utcoffset() is None:
        raise BadInput(f"the moment {at} has no time zone", mend="add one, as in +02:00")
    return at.astimezone(timezone).year


def numbers_in(text: str, pattern: str) -> tuple[str, ...]:
    """Return the case numbers in `text` as this pattern writes them, in order, each once."""
    form, hint = _form(pattern)
    # The form itself takes twenty times as long, and most mails have nothing to translate.
    if not hint.search(text):
        return ()
    hits = form.finditer(text.translate(PLAIN))
    pairs = [(int(hit["year"]), int(hit["seq"])) for hit in hits]
    return tuple(dict.fromkeys(format_number(pattern, *pair) for pair in pairs if pair[1]))


@lru_cache(maxsize=32)
def _form(pattern: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds the numbers of a pattern in text, and a hint that there is one.

    BadInput unless it has `{year}` and `{seq}` or `{seq:0N}` once each. Without the year the
    numbers of two years would be the same (R-20: never used twice).
    """
    pieces = FIELD.split(pattern)  # literal, field, literal, field, literal
    literals, fields = pieces[0::2], pieces[1::2]
    seqs = [seq for field in fields if (seq := SEQ.fullmatch(field))]
    usable = len(fields) == 2 and "year" in fields and len(seqs) == 1
    if not usable or not all(LITERAL.fullmatch(literal) for literal in literals):
        raise BadInput(
            f"{pattern!r} is not a pattern of case numbers",
            mend="write {year} and {seq:03} once each, with letters, digits or -_./#+: around "
            "them, as in KS{year}-{seq:03}",
        )
    width = int(seqs[0][1] or 1)
    digits = {
        "year": "(?P<year>[1-9][0-9]{3})",
        seqs[0][0]: f"(?P<seq>[1-9][0-9]{{{width},8}}|[0-9]{{{width}}})",
    }
    literals = [literal.translate(PLAIN) for literal in literals]
    hint = "".join(map(_ways, max(literals[:2], key=len))) + f"[0-9{_wide('0')}-{_wide('9')}]"
    literals = [re.escape(literal) for literal in literals]
    parts = [literals[0], digits[fields[0]], literals[1], digits[fields[1]], literals[2]]
    return re.compile(NOT_BEFORE + "".join(parts) + NOT_AFTER, re.IGNORECASE), re.compile(hint)


def _ways(sign: str) -> str:
    """A class of all that may stand for a sign of a number, small or capital, plain or wide."""
    alike = _ALIKE.get(sign.casefold(), (sign, sign.lower(), sign.upper(), sign.casefold()))
    one = {way for way in (*alike, *map(_wide, alike)) if len(way) == 1}
    dashes = (chr(code) for code, plain in PLAIN.items() if plain == sign)
    return f"[{''.join(map(re.escape, sorted({*one, *dashes})))}]"


def _wide(sign: str) -> str:
    return chr(ord(sign) + 0xFEE0) if len(sign) == 1 and "!" <= sign <= "~" else sign


# Beyond capitals: what `re.IGNORECASE` takes for the same letter.
_ALIKE: Final = {
    "k": ("k", "K", "\u212a"),
    "s": ("s", "S", "\u017f"),
    "i": ("i", "I", "\u0130", "\u0131"),
}
