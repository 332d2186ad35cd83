"""Numbers as people write them: pieces, and money with its currency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from intake.facts.alternation import alternation

# 300, 1,250.50, 1.250,50, 1 250, 1'250
NUMBER: Final = r"\d{1,3}(?:[  '’.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,4})?(?!\d)"
_CURRENCIES: Final = {
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "€": "EUR",
    "usd": "USD", "us$": "USD", "$": "USD", "dollar": "USD", "dollars": "USD", "美元": "USD",
    "cny": "CNY", "rmb": "CNY", "人民币": "CNY", "元": "CNY", "yuan": "CNY",
    "¥": "CNY", "￥": "CNY", "jpy": "JPY", "円": "JPY", "gbp": "GBP", "£": "GBP",
    "chf": "CHF", "sfr": "CHF", "pln": "PLN", "zł": "PLN", "hkd": "HKD", "hk$": "HKD",
    "欧元": "EUR", "歐元": "EUR", "czk": "CZK", "sek": "SEK", "dkk": "DKK", "krw": "KRW",
}  # fmt: skip
_LONGEST_FIRST: Final = sorted(_CURRENCIES, key=len, reverse=True)
_WORDS: Final = [one for one in _LONGEST_FIRST if one.isascii() and one.isalpha()]
_SIGNS: Final = (
    rf"(?<![^\W\d_])(?:{alternation(_WORDS)})(?![^\W\d_])"
    rf"|{alternation(one for one in _LONGEST_FIRST if one not in _WORDS)}"
)
AMOUNT: Final = re.compile(
    rf"(?P<before>{_SIGNS})\s?(?P<number>{NUMBER})|(?P<number2>{NUMBER})(?:,--?|\.-)?\s?(?P<after>{_SIGNS})",
    re.IGNORECASE,
)
_ANY_SIGN: Final = re.compile(alternation(_CURRENCIES))
_KANA: Final = re.compile("[\u3040-\u30ff]")


def amounts(text: str) -> Iterator[re.Match[str]]:
    """Every amount of money in a line."""
    if _ANY_SIGN.search(text.lower()):  # a fifth of the time, and most lines have none
        yield from AMOUNT.finditer(text)


def number(text: str) -> Decimal | None:
    """The number that `text` writes: 1.250,50 and 1,250.50 are the same; None for none."""
    plain = re.sub(r"[  '’\s]", "", text)
    marks = [sign for sign in plain if sign in ".,"]
    if not marks:
        return _decimal(plain)
    last = marks[-1]
    whole, _, rest = plain.rpartition(last)
    # One kind of mark before three digits parts thousands: 1.250 pieces, 1,250 pieces.
    if len(set(marks)) == 1 and (len(marks) > 1 or (len(rest) == 3 and whole.strip("0"))):
        return _decimal(plain.replace(last, ""))
    return _decimal(f"{re.sub('[.,]', '', whole)}.{rest}")


def currency(sign: str, text: str) -> str:
    """ISO 4217 of a sign in `text`; the yen of a Japanese text is no yuan."""
    found = _CURRENCIES[sign.casefold()]
    return "JPY" if sign in "¥￥" and _KANA.search(text) else found


def written(value: Decimal) -> str:
    """Without exponent; whole numbers without a point: 300, 110.06, 1250.50."""
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:f}"


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
