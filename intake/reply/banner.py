"""What the server of a company puts above mails from outside: no words of the writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from intake.reply import shapes
from intake.reply.quotes import NEW

_BANNERS: Final = tuple(shapes.every("banner"))
_OUTSIDE: Final = tuple(shapes.every("outside"))


def mark(short: Sequence[str], marks: list[str], kind: str) -> None:
    """Give such lines this kind, up to the next empty line."""
    first = next((at for at, line in enumerate(short) if line), None)
    if first is None or marks[first] != NEW:
        return
    low = short[first].casefold().lstrip("[(*-=!⚠️ ")
    if not low.startswith(_BANNERS):
        return
    end = first
    while end < len(short) and short[end] and end - first < 8:
        end += 1
    words = " ".join(short[first:end]).casefold()
    if any(one in words for one in _OUTSIDE) and any(short[end:]):
        marks[first:end] = kind * (end - first)
