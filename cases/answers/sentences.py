"""A text as a row of things said: understood only if every word of it is part of a known phrase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cases.answers.grammar import Match
from cases.answers.names import Names
from cases.answers.options import Named, Offer
from cases.answers.tokens import Token
from cases.answers.words import MEANINGS, SEARCHED, Lexicon, read_words, shipped

# These stand beside anything without a stop between; all others need a stop, a comma or a line.
_LOOSE = frozenset({"thanks", "received", "polite", "closing", "reason", "demand"})
# After these the sentence goes on: "Yes we approve".
_OPENING = frozenset({"yes", "no", "ok"})


@dataclass(frozen=True, slots=True)
class Said:
    """One phrase: where it stands (tokens), what it may mean, which option it names."""

    start: int
    end: int
    labels: frozenset[str]
    options: tuple[str, ...]

    @property
    def meanings(self) -> frozenset[str]:
        return _meanings(self.labels)


@dataclass(frozen=True, slots=True)
class _Way:
    """The cheapest way to understand the text up to a place; `every` also holds its equals."""

    said: tuple[Said, ...]
    every: frozenset[Said]


class Text:
    """One answer, and what is understood of it."""

    def __init__(self, text: Sequence[Token], offer: Offer) -> None:
        self.tokens = text
        self.lexicon = offer.lexicon
        self.ways = read_words(text, offer.lexicon)
        self._named = Named(offer, text, self.ways)
        self._names = _names(offer.lexicon)
        self._found: dict[int, list[Match]] = {}
        self.end = self._without_signature()
        self._reached = self._walk()

    def understood(self, end: int | None = None) -> _Way | None:
        """The things said up to a token (the signature), if nothing else is said; else None."""
        place = self.end if end is None else end
        ways = [self._reached.get((place, loose)) for loose in (True, False)]
        there = [way for way in ways if way is not None]
        return min(there, key=lambda way: len(way.said), default=None)

    def searched(self, name: str) -> Iterator[Said]:
        """Every place where a phrase of a list begins, whatever stands around it."""
        for at in range(self.end):
            for match in self._at(at):
                if labels := _of(match.labels, frozenset({name})):
                    yield Said(at, match.end, labels, match.filled)

    def begun(self) -> Iterator[Said]:
        """What is said at the beginning of a sentence and fills it."""
        for at in range(self.end):
            if at == 0 or self._stops(at - 1):
                for one in self._said(at):
                    if one.end >= self.end or self._stops(one.end):
                        yield one

    def _walk(self) -> dict[tuple[int, bool], _Way]:
        reached: dict[tuple[int, bool], _Way] = {(0, True): _Way((), frozenset())}
        for at in range(self.end):
            for loose in (True, False):
                way = reached.get((at, loose))
                if way is None:
                    continue
                if self._stops(at) or (self.tokens[at].word == ":" and _greeted(way)):
                    _keep(reached, (at + 1, True), way)
                for one in self._said(at):
                    if loose or one.meanings & _LOOSE:
                        opens = bool(one.meanings & _LOOSE) or self._opens(one)
                        after = _Way((*way.said, one), way.every | {one})
                        _keep(reached, (one.end, opens), after)
        return reached

    def _opens(self, one: Said) -> bool:
        """Not in Chinese and Japanese, where 不是 before 不同意 makes one word of two."""
        return bool(one.meanings & _OPENING) and self.tokens[one.end - 1].kind != "asian"

    def _said(self, at: int) -> list[Said]:
        return [
            Said(at, match.end, labels, tuple(filter(None, match.filled)))
            for match in self._at(at)
            if match.end <= self.end and (labels := _of(match.labels, _MEANT))
        ]

    def _at(self, at: int) -> list[Match]:
        if at not in self._found:
            self._found[at] = self.lexicon.phrases.matches(self.ways, at, self._gaps)
        return self._found[at]

    def _gaps(self, name: str, at: int) -> list[tuple[int, str]]:
        if name == "{OPTION}":
            return self._named.at(at)
        return [(end, "") for end in self._names.ends(self.tokens, at)]

    def _stops(self, at: int) -> bool:
        one = self.tokens[at]
        return one.kind in ("sep", "line") or one.word in self.lexicon.plain["and"]

    def _without_signature(self) -> int:
        """Where the text ends: before "Best regards" and names, or before a name alone."""
        self.end = len(self.tokens)
        for at in range(1, self.end):
            if self.tokens[at - 1].kind in ("sep", "line"):
                for match in self._at(at):
                    below = self._lines(match.end)
                    # "Thanks" at the very end is what is said, above a name a way to end.
                    thanks = not below and _of(match.labels, frozenset({"thanks"}))
                    if _of(match.labels, _CLOSES) and not thanks and self._names.below(below):
                        return at
        starts = [at + 1 for at, one in enumerate(self.tokens) if one.kind == "line"]
        for at in starts[-2:]:
            lines = self._lines(at)
            if len(lines) == 1 and self._names.alone(lines[0]):
                return at
        return self.end

    def _lines(self, start: int) -> list[list[Token]]:
        lines: list[list[Token]] = [[]]
        for one in self.tokens[start:]:
            if one.kind == "line":
                lines.append([])
            else:
                lines[-1].append(one)
        return [line for line in lines if any(one.kind != "sep" for one in line)]


_MEANT = frozenset(MEANINGS)
_CLOSES = frozenset({"closing"})
assert not _MEANT & {*SEARCHED}


@lru_cache(maxsize=10_000)  # of the lists of all languages, not of the words of a mail
def _meanings(labels: frozenset[str]) -> frozenset[str]:
    return frozenset(label.partition("/")[2] for label in labels)


def _greeted(way: _Way) -> bool:
    return bool(way.said) and "greeting" in way.said[-1].meanings


@lru_cache(maxsize=10_000)
def _of(labels: frozenset[str], names: frozenset[str]) -> frozenset[str]:
    return frozenset(label for label in labels if label.partition("/")[2] in names)


def _keep(reached: dict[tuple[int, bool], _Way], place: tuple[int, bool], way: _Way) -> None:
    """The fewest phrases are the likeliest reading; of equal ones all meanings are kept."""
    before = reached.get(place)
    if before is None or len(way.said) < len(before.said):
        reached[place] = way
    elif len(way.said) == len(before.said):
        reached[place] = _Way(before.said, before.every | way.every)


@cache
def _shipped_names() -> Names:
    return Names(shipped())


def _names(lexicon: Lexicon) -> Names:
    return _shipped_names() if lexicon is shipped() else Names(lexicon)
