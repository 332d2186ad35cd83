"""Read an answer from the new text of a reply (R-29).

An answer acts without a person only if every word of the text is understood: phrases of the word
lists (`words.py`), politeness, a name. One word more and a person decides: "approved, but" and "we
will approve when" are therefore never an approval. What is told of such a text is a suggestion.
"""

from __future__ import annotations

from typing import Final

from cases.answers.doubts import doubt, phrase_of, rule_of, unclear
from cases.answers.options import Offer
from cases.answers.sentences import Said, Text
from cases.answers.tokens import tokens, visible
from cases.answers.verdicts import NO, YES, Answer, Asked, Verdict, verdict
from cases.answers.words import shipped

__all__ = ["Answer", "Asked", "Verdict", "read"]

# More than this is no plain answer; the rest is not looked at. A text of any length is read so.
_LONGEST: Final = 4000  # signs
_SURELY_LONGER: Final = 20_000


def read(new_text: str, asked: Asked) -> Answer:
    """Return what `new_text` (without quotation and signature) answers to what was asked."""
    source = visible(new_text[:_SURELY_LONGER]).strip()
    long = len(new_text) > _SURELY_LONGER or len(source) > _LONGEST
    source = source[:_LONGEST]
    text = Text(tokens(source), Offer(asked.options, asked.texts, shipped()))
    way = text.understood()
    if way is None or long:
        return doubt(text, source, asked)
    meanings = frozenset(meaning for one in way.every for meaning in one.meanings)
    options = frozenset(option for one in way.every for option in one.options)
    found_verdict, acts, why_not = verdict(meanings, options, asked)
    said = _deciding(way.said, found_verdict)
    if found_verdict == "unclear" or said is None:
        return unclear(why_not)
    option = next(iter(options), None) if found_verdict == "choose" else None
    rule = f"{rule_of(said)}{': ' if why_not else ''}{why_not}"
    phrase = phrase_of(said, text, source)
    return Answer(found_verdict, option, None, phrase, rule, certain=acts)


def _deciding(said: tuple[Said, ...], found: Verdict) -> Said | None:
    """The phrase that decided: the strongest, of equals the first."""
    strong: dict[Verdict, tuple[frozenset[str], ...]] = {
        "approve": (YES - {"yes"}, YES, frozenset({"go", "ok"})),
        "reject": (NO - {"no"}, NO),
        "choose": (frozenset({"choose"}),),
        "withdraw": (frozenset({"withdraw"}),),
        "thanks_only": (frozenset({"thanks"}), frozenset({"received"})),
    }
    for meanings in strong.get(found, ()):
        for one in said:
            if one.meanings & meanings:
                return one
    return None
