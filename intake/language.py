"""Which of the languages of the templates a text is written in. A guess; English when in doubt."""

from __future__ import annotations

import re

LOOKED_AT = 4_000
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_GERMAN = re.compile(
    r"\b(?:aber|als|auch|auf|aus|bei|bitte|das|dass|dem|den|der|die|ein|eine|einen|für|haben|hallo"
    r"|ich|ihre|ihnen|ihr|im|ist|kein|mit|nach|nicht|oder|sehr|sie|sind|und|uns|von|war|werden|wir"
    r"|wurde|wurden|zu|zum|zur|\w*[äöüß]\w*)\b"
)
_ENGLISH = re.compile(
    r"\b(?:a|about|and|are|as|at|be|by|dear|for|from|have|he|hello|i|in|is|it|not|of|on|or|our"
    r"|please|that|the|they|this|to|was|we|were|with|you|your)\b"
)


def guess(text: str) -> str:
    """ "zh", "de" or "en"."""
    sample = text[:LOOKED_AT].lower()
    letters = sum(map(str.isalpha, sample))
    han = len(_HAN.findall(sample))
    # Chinese orders are full of Latin part names: a fifth of the letters is enough.
    if han * 5 >= letters > 0 and len(_KANA_HANGUL.findall(sample)) * 10 < han:
        return "zh"
    return "de" if len(_GERMAN.findall(sample)) > len(_ENGLISH.findall(sample)) else "en"
