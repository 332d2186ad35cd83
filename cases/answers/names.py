"""Names of people in greetings and below an answer: understood only where nothing else can be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cases.answers.tokens import Token
from cases.answers.words import Lexicon

_MOST: Final = 4  # words of a name
_MOST_ASIAN: Final = 6  # signs of one
_MOST_IN_LINE: Final = 6
_NEVER: Final = ("none_of", "no", "but")


class Names:
    """Tells names from words that could mean something."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = lexicon.phrases.words
        never = set().union(*(words.get(name, set()) for name in _NEVER))
        self._told: Collection[str] = lexicon.plain["doubt"] | never
        self._doubt = lexicon.plain["doubt"]
        self._particles = lexicon.plain["particles"]
        self._reach = lexicon.plain["reach"]
        self._known = lexicon.plain["names"]

    def ends(self, text: Sequence[Token], at: int) -> Iterator[int]:
        """Where a name that begins at a token may end."""
        for end in range(at, min(at + _MOST_ASIAN, len(text))):
            one = text[end]
            if one.kind == "asian":
                if one.word in self._doubt or text[at].word not in self._known:
                    return
            elif end - at >= _MOST or not self._is_name(one):
                return
            yield end + 1

    def _is_name(self, one: Token) -> bool:
        if one.kind != "word" or one.word in self._doubt:
            return False
        return one.word in self._particles or (one.raw[0].isupper() and one.raw.isalpha())

    def below(self, lines: Sequence[Sequence[Token]]) -> bool:
        """Tell whether all lines may stand below a closing: a name, then office, company, phone.

        The first must hold a known name or an initial: "Thanks" and "Partly" is no signature.
        """
        return not lines or (
            (self._names_somebody(lines[0]) or self._reaches(lines[0]))
            and all(self._signs(line) or self._reaches(line) for line in lines)
        )

    def _names_somebody(self, line: Sequence[Token]) -> bool:
        if line[0].kind == "asian":
            return line[0].word in self._known
        initial = len(line) > 1 and len(line[0].raw) == 1 and line[1].word == "."
        return initial or any(one.word in self._known for one in line)

    def _signs(self, line: Sequence[Token]) -> bool:
        words = [one for one in line if one.kind != "sep"]
        if self._doubtful(words):
            return False
        if all(one.kind == "asian" for one in words):
            return len(words) <= 2 * _MOST_IN_LINE
        return len(words) <= _MOST_IN_LINE and all(
            self._is_name(one) or one.word in ("&", "gmbh", "-") for one in words
        )

    def _reaches(self, line: Sequence[Token]) -> bool:
        if self._doubtful(line) or not line:
            return False
        return line[0].word in self._reach or any(one.word in ("@", "www") for one in line)

    def _doubtful(self, line: Sequence[Token]) -> bool:
        return any(one.word in self._told and one.kind != "asian" for one in line) or any(
            one.word in self._doubt for one in line
        )

    def alone(self, line: Sequence[Token]) -> bool:
        """Tell whether a line is a name and begins with a known one (of `names` in the files)."""
        words = [one for one in line if one.kind != "sep"]
        if not words or words[0].word not in self._known or words[0].word in self._told:
            return False
        if words[0].kind == "asian":
            return 2 <= len(words) <= 4 and not self._doubtful(words)
        return len(words) <= 3 and all(self._is_name(one) for one in words)
