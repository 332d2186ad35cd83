"""The words and phrases of answers: data, one file a language (docs/answers.md says how to add)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from cases.answers.grammar import LINE, Grammar
from cases.answers.tokens import Token, bare, folded
from cases.answers.typos import is_slip, typos_of
from cases.errors import BadInput

LANGUAGES: Final = ("en", "de", "zh", "fr", "es", "it", "ja", "nl", "pl")
# What a sentence can say. `_results` and `_proposal`: only if that was asked.
MEANINGS: Final = (
    *("approve", "approve_results", "approve_proposal"),
    *("reject", "reject_results", "reject_proposal", "none_of"),
    *("choose", "yes", "no", "ok", "go", "withdraw"),
    *("reason", "demand"),  # said with a rejection
    *("thanks", "received", "polite", "greeting", "closing"),
)
# What is looked for in a text that is not understood as a whole.
SEARCHED: Final = ("but", "question", "absence")
OPTIONS: Final = ("letter", "ordinal1", "ordinal2", "ordinal3", "ordinal4", "latter")
# Lists of plain words, no patterns.
PLAIN: Final = ("doubt", "names", "particles", "reach", "other", "and", "exact")
_TABLES: Final = {"words", "phrases", "options", "solutions", "plain", "signs"}


@dataclass(slots=True)
class Lexicon:
    """All languages together: people mix them."""

    phrases: Grammar = field(default_factory=Grammar)
    options: Grammar = field(default_factory=Grammar)
    plain: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PLAIN})
    signs: dict[int, str] = field(default_factory=dict)
    _ways: dict[str, frozenset[str]] = field(default_factory=dict)
    _typos: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def ways(self, word: str) -> frozenset[str]:
        """What a word of a text may be: itself, with its accents, in simplified signs."""
        known = self._ways.get(word, _NONE)
        if word.isascii():
            return known
        return known | self._ways.get(word.translate(self.signs), _NONE)

    def meant(self, word: str) -> frozenset[str]:
        """The long word that this one is, one slip of a finger away; empty if two could be meant.

        Never the first sign, where a negation begins ("unapproved"), nor the last two, where the
        ending changes who does it and when.
        """
        if len(word) < _SHORTEST or word in self.plain["other"] | self.plain["doubt"]:
            return _NONE
        near = set().union(*(self._typos.get(slip, ()) for slip in (word, *typos_of(word))))
        same_ends = {one for one in near if one[0] == word[0] and one[-2:] == word[-2:]}
        fits = {one for one in same_ends if is_slip(word, one)}
        return self.ways(fits.pop()) if len(fits) == 1 else _NONE

    def seal(self) -> None:
        """After all files: the ways to write each word."""
        ways: dict[str, set[str]] = {}
        for word in self.phrases.vocabulary | self.options.vocabulary:
            plainly = set() if word in self.plain["exact"] else {bare(word), _spelled_out(word)}
            for written in {word, *plainly}:
                ways.setdefault(written, set()).add(word)
        self._ways = {word: frozenset(every) for word, every in ways.items()}
        for word in ways:
            if len(word) >= _SHORTEST and word.isalpha() and ord(word[0]) < 0x2000:
                for slip in {word, *typos_of(word)}:
                    self._typos[slip] = (*self._typos.get(slip, ()), word)


_SPELLED_OUT: Final = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}
_NONE: Final[frozenset[str]] = frozenset()
_SHORTEST: Final = 6  # letters of a word in which a slip is forgiven


def _spelled_out(word: str) -> str:
    """ "wählen" as "waehlen"."""
    return word.translate(_SPELLED_OUT)


def lexicon_of(files: Mapping[str, str]) -> Lexicon:
    """Read the files (language -> TOML); BadInput names a wrong list or phrase."""
    made = Lexicon()
    for language, source in files.items():
        _add(made, language, tomllib.loads(source))
    made.seal()
    return made


def _add(made: Lexicon, language: str, data: Mapping[str, Any]) -> None:
    _known(language, data, _TABLES)
    macros = data.get("words", {})
    for name, phrases in _known(language, data.get("phrases", {}), {*MEANINGS, *SEARCHED}).items():
        _phrases(made.phrases, f"{language}/{name}", phrases, macros)
    for name, phrases in _known(language, data.get("options", {}), OPTIONS).items():
        _phrases(made.options, f"{language}/{name}", phrases, macros)
    for name, phrases in data.get("solutions", {}).items():
        _phrases(made.options, f"{language}/solution:{name}", phrases, macros)
    for name, listed in _known(language, data.get("plain", {}), PLAIN).items():
        made.plain[name] |= {folded(one) for one in listed.split()}
    signs = data.get("signs", {"traditional": "", "simplified": ""})
    pairs = zip(signs["traditional"], signs["simplified"], strict=True)
    made.signs |= {ord(one): simple for one, simple in pairs}


def _phrases(
    grammar: Grammar, label: str, phrases: Sequence[str], macros: Mapping[str, str]
) -> None:
    for phrase in phrases:
        if label.endswith("/choose") != ("{OPTION}" in phrase):
            raise BadInput(
                f"{phrase!r} cannot be in {label}", mend="{OPTION} is in the list choose only"
            )
        grammar.add(label, phrase, macros)


def _known(language: str, table: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    if unknown := sorted(table.keys() - set(names)):
        raise BadInput(
            f"{language}.toml has {unknown[0]}", mend=f"one of {', '.join(sorted(names))}"
        )
    return table


def read_words(text: Sequence[Token], lexicon: Lexicon) -> list[frozenset[str]]:
    """What each token may be. One slip in a whole text is forgiven, not two."""
    ways = [LINE if one.kind == "line" else lexicon.ways(one.word) for one in text]
    slips = [
        (at, meant)
        for at, one in enumerate(text)
        if one.kind == "word" and not ways[at] and (meant := lexicon.meant(one.word))
    ]
    if len(slips) == 1:
        at, meant = slips[0]
        ways[at] = meant
    return ways


@cache
def shipped() -> Lexicon:
    """The languages of the product."""
    folder = resources.files(__package__)
    return lexicon_of(
        {one: (folder / f"{one}.toml").read_text(encoding="utf-8") for one in LANGUAGES}
    )
