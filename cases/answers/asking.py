"""What a letter asked, as scripts write it: `approval`, `proposal:A,B`, `proposal:A,B+question`."""

from __future__ import annotations

from typing import Final, cast, get_args

from cases.answers.verdicts import Asked, Kind
from cases.errors import BadInput

_MEND: Final = "write approval, question, nothing, closed, proposal:A,B or several joined by +"
_MOST_OPTIONS: Final = 26


def asked_of(written: str) -> tuple[Asked, ...]:
    """`proposal:A=remake,B=refund` also tells what the options are. BadInput if it is neither."""
    return tuple(_one(part.strip()) for part in written.split("+"))


def _one(written: str) -> Asked:
    kind, colon, rest = written.partition(":")
    if kind not in get_args(Kind) or (colon and kind != "proposal"):
        raise BadInput(f"{written!r} cannot be asked", mend=_MEND)
    options = [one.partition("=") for one in rest.split(",")] if rest.strip() else []
    letters = tuple(letter.strip() for letter, _, _ in options)
    if "" in letters or len(letters) > _MOST_OPTIONS:
        raise BadInput(f"{written!r} has an option without a letter, or too many", mend=_MEND)
    texts = tuple(text.strip() for _, _, text in options)
    # get_args above has shown that it is a kind; mypy does not see that.
    return Asked(cast(Kind, kind), letters, texts if any(texts) else ())
