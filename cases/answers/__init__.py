"""What a customer's reply means (R-29): `read(new_text, asked)` is the door."""

from __future__ import annotations

from cases.answers.asking import asked_of
from cases.answers.effects import Effect, effect_of
from cases.answers.parts import deciding, read_parts
from cases.answers.reading import Answer, Asked, Verdict, read
from cases.answers.words import shipped as prepare

__all__ = [
    "Answer",
    "Asked",
    "Effect",
    "Verdict",
    "asked_of",
    "deciding",
    "effect_of",
    "prepare",
    "read",
    "read_parts",
]
