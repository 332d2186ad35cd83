"""Read an answer from the new text of a reply (R-29).

An answer acts without a person only if the whole text is one of the listed phrases, word for word
(`words.py`). One word more and a person decides: "not approved" and "approved, but" are therefore
never an approval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cases.answers.words import WORDS, Meaning, plain

Verdict = Literal[
    "approve",
    "reject",
    "choose",
    "accept_with_change",
    "question",
    "thanks_only",
    "withdraw",
    "unclear",
]


@dataclass(frozen=True)
class Asked:
    """What the customer was asked last, and the options that a proposal offered."""

    kind: Literal["approval", "proposal", "question", "nothing"]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a reply means. `certain`: acts without a person. `rule` names the list that decided."""

    verdict: Verdict
    option: str | None
    change: str | None
    phrase: str
    rule: str
    certain: bool


def read(new_text: str, asked: Asked) -> Answer:
    """Return what `new_text` (without quotation and signature) answers to what was asked."""
    hits = _hits(plain(new_text), asked)
    if not hits:
        return _unclear("no listed phrase")
    meanings = {(meaning, option) for meaning, option, _ in hits}
    if len(meanings) > 1:
        return _unclear("more than one meaning")
    meaning, option, rule = hits[0]
    certain = _acts(meaning, asked)
    return Answer(meaning, option, None, phrase=new_text.strip(), rule=rule, certain=certain)


def _hits(text: str, asked: Asked) -> list[tuple[Meaning, str | None, str]]:
    """Return every reading of a text: its meaning, the option chosen, and the list."""
    hits: list[tuple[Meaning, str | None, str]] = []
    for words in WORDS:
        rule = f"{words.language}/{words.meaning}"
        offered = asked.options if words.meaning == "choose" else (None,)
        hits += [
            (words.meaning, option, rule) for option in offered if words.fits(text, option or "")
        ]
    return hits


def _acts(meaning: Meaning, asked: Asked) -> bool:
    """R-29: tell which answers act on what was asked; all others are for a person."""
    if asked.kind == "approval":
        return meaning in ("approve", "reject")
    if asked.kind == "proposal":
        # "Approved" says nothing when there was a choice.
        return meaning != "approve" or len(asked.options) <= 1
    return False


def _unclear(rule: str) -> Answer:
    return Answer("unclear", None, None, phrase="", rule=rule, certain=False)
