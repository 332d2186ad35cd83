"""One letter may ask several things; the answer is read part by part (R-25)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from cases.answers.reading import Answer, Asked, read
from cases.answers.tokens import words
from cases.answers.words import shipped

# "1. B", "2) lot 33", "Zu 1: B", "问题2：.."
_NUMBER: Final = re.compile(
    r"^[ \t]*(?:(?:to|re|zu|ad|question|frage|问题|問題|第)[ \t]?)?[(（]?([1-9])[.):、）：][ \t]*",
    re.MULTILINE | re.IGNORECASE,
)
_LONGEST: Final = 20_000  # as `read`: nothing longer acts
# A word of these lists in another part, and a person looks at all of them.
_TAKES_BACK: Final = ("approve", "reject", "no", "none_of", "but", "withdraw")
_DECIDES: Final = ("proposal", "approval", "closed")


def read_parts(new_text: str, asked: Sequence[Asked]) -> list[Answer]:
    """An answer for each thing asked, in their order.

    Where the customer numbered his answers like the questions each is read alone. Otherwise the
    whole text answers the decision, and acts only if it says nothing else; a person reads the rest.
    """
    if len(asked) == 1:
        return [read(new_text, asked[0])]
    pieces = _numbered(new_text, len(asked)) if len(new_text) < _LONGEST else None
    if pieces is None:
        return [_of_whole(new_text, one) for one in asked]
    answers = [read(text, one) for text, one in zip(pieces, asked, strict=True)]
    options = {word for one in asked for letter in one.options for word in words(letter)}
    pairs = zip(pieces, asked, strict=True)
    if all(_says_only_itself(text, one, options) for text, one in pairs):
        return answers
    return [replace(one, certain=False) for one in answers]


def deciding(answers: Sequence[Answer], asked: Sequence[Asked]) -> Answer:
    """The part that can act, else the first."""
    pairs = zip(answers, asked, strict=True)
    return next((answer for answer, one in pairs if one.kind in _DECIDES), answers[0])


def _numbered(text: str, count: int) -> list[str] | None:
    """The numbered pieces, if there is one for each and only politeness before the first."""
    found = list(_NUMBER.finditer(text))
    if [int(one[1]) for one in found] != [*range(1, count + 1)]:
        return None
    before = text[: found[0].start()]
    if before.strip() and read(before, Asked("nothing")).rule != "nothing is answered":
        return None
    ends = [*(one.start() for one in found[1:]), len(text)]
    return [text[one.end() : end] for one, end in zip(found, ends, strict=True)]


def _of_whole(text: str, asked: Asked) -> Answer:
    found = read(text, asked)
    return found if asked.kind in _DECIDES else replace(found, certain=False)


def _says_only_itself(text: str, asked: Asked, options: Collection[str]) -> bool:
    """An answer to a question must not take back what was decided in another part."""
    if asked.kind in _DECIDES:
        return True
    if any(one in options for one in words(text)):
        return False
    known = shipped().phrases.words
    told = set().union(*(known[name] for name in _TAKES_BACK))
    return not any(one == "?" or (one in told and one.isalpha()) for one in words(text))
