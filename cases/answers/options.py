"""Which of the offered options some words name: by letter, by ordinal, by what it is (R-25)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cases.answers.grammar import Match
from cases.answers.tokens import Token, tokens, visible, words
from cases.answers.words import Lexicon

_MOST_WORDS: Final = 80  # of the text of one option
_LONG: Final = 4  # letters of a word that can tell one option from the others


@dataclass(frozen=True)
class Offer:
    """The options of a letter, and their texts where they are known."""

    letters: tuple[str, ...]
    texts: tuple[str, ...]
    lexicon: Lexicon

    @cached_property
    def _by_word(self) -> dict[tuple[str, ...], set[str]]:
        found: dict[tuple[str, ...], set[str]] = {}
        for letter in self.letters:
            if key := tuple(words(letter)):
                found.setdefault(key, set()).add(letter)
        return found

    @cached_property
    def _texts(self) -> list[tuple[str, list[Token]]]:
        pairs = zip(self.letters, self.texts, strict=False)
        return [(letter, tokens(visible(text))[:_MOST_WORDS]) for letter, text in pairs]

    @cached_property
    def _solutions(self) -> dict[str, set[str]]:
        """Which options are a remake, a refund .."""
        found: dict[str, set[str]] = {}
        for letter, text in self._texts:
            ways = [self.lexicon.ways(one.word) for one in text]
            for at in range(len(ways)):
                for match in self.lexicon.options.matches(ways, at, lambda _, __: ()):
                    for label in match.labels:
                        if ":" in label:
                            found.setdefault(label.partition(":")[2], set()).add(letter)
        return found

    def letters_at(self, text: Sequence[Token], at: int) -> list[tuple[int, str]]:
        """(end, letter) of every bare letter of an option at a token."""
        return [
            (at + len(key), letter)
            for key, letters in self._by_word.items()
            if tuple(one.word for one in text[at : at + len(key)]) == key
            for letter in letters
        ]

    def named(self, match: Match) -> set[str]:
        """The options that an entry of the list of options means."""
        found: set[str] = set()
        for label in match.labels:
            name = label.partition("/")[2]
            if name == "letter":
                found |= {*match.filled}
            elif name.startswith("ordinal") and int(name[-1]) <= len(self.letters):
                found.add(self.letters[int(name[-1]) - 1])
            elif name == "latter" and len(self.letters) == 2:
                found.add(self.letters[1])
            elif name.startswith("solution:"):
                of_it = self._solutions.get(name.partition(":")[2], set())
                found |= of_it if len(of_it) == 1 else set()
        return found

    def in_words(self, text: Sequence[Token], at: int) -> Iterable[tuple[int, str]]:
        """(end, letter) where the words of one option, and of no other, are repeated."""
        for letter, offered in self._texts:
            others = {one.word for other, some in self._texts if other != letter for one in some}
            starts = [p for p, one in enumerate(offered) if one.word == text[at].word]
            length = max((_same(text, at, offered, p) for p in starts), default=0)
            run = text[at : at + length]
            own = [one for one in run if one.word not in others]
            asian = sum(one.kind == "asian" for one in own)
            long = any(one.kind == "word" and len(one.word) >= _LONG for one in own)
            doubt = any(one.word in self.lexicon.plain["doubt"] for one in run)
            if (long or asian > 1) and not doubt:
                yield at + length, letter


def _same(text: Sequence[Token], at: int, offered: Sequence[Token], place: int) -> int:
    length = 0
    for one, other in zip(text[at:], offered[place:], strict=False):
        if one.word != other.word or one.kind in ("line", "sep"):
            break
        length += 1
    return length


@dataclass
class Named:
    """The options named in one text, looked up once a place."""

    offer: Offer
    text: Sequence[Token]
    ways: Sequence[frozenset[str]]
    _found: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def at(self, place: int) -> list[tuple[int, str]]:
        """(end, option) of everything that names one from a token on."""
        if place not in self._found:
            self._found[place] = (
                self._at(place) if place < len(self.text) and self.offer.letters else []
            )
        return self._found[place]

    def _at(self, place: int) -> list[tuple[int, str]]:
        def gaps(_name: str, at: int) -> Sequence[tuple[int, str]]:
            return self.offer.letters_at(self.text, at)

        every = self.offer.lexicon.options.matches(self.ways, place, gaps)
        found = {(one.end, option) for one in every for option in self.offer.named(one)}
        return sorted(found | set(self.offer.in_words(self.text, place)))
