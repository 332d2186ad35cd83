"""How many pieces were delivered and how many are complained of, in running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Final

from intake.facts.amounts import NUMBER, number
from intake.facts.labels import UNSPACED, labels

DELIVERED: Final = "quantity_delivered"
COMPLAINED: Final = "quantity_complained"

Found = tuple[str, Decimal, int]  # fact, value, where it stands in the text

_NUMBER_END: Final = re.compile(r"\d(?!\d)\s?")
_CLAUSE: Final = re.compile(r"[;!?。；！？\n]|\.(?=\s+[A-ZÀ-Ž])|:(?=\s)")


def quantities(line: str) -> list[Found]:
    """The quantities of one line, by what is said around them; `unnamed` is neither."""
    shapes = _shapes()
    low = line.lower()
    # Looking for all shapes costs 0.1 ms a line; few lines have a unit behind a number.
    ends = (one.end() for one in _NUMBER_END.finditer(low))
    if not any(shapes.may_follow(low, at) for at in ends):
        return []
    if found := list(_part_of_whole(line)):
        return found
    counted = [
        (value, hit.start(), hit.end())
        for hit in shapes.counted.finditer(line)
        if (value := number(hit["number"])) is not None
    ]
    return [found for start, end in _clauses(line) for found in _clause(line, start, end, counted)]


def is_counted(text: str) -> bool:
    """Whether `text` begins with a number of pieces."""
    return _shapes().counted.match(text) is not None


def _part_of_whole(line: str) -> Iterator[Found]:
    """ "12 of 300 pcs", "12/300 pcs", 300件中有12件: both at once."""
    shapes = _shapes()
    for shape in shapes.shares:
        for hit in shape.finditer(line):
            part, whole = number(hit["part"]), number(hit["whole"])
            if part is not None and whole is not None and part <= whole:
                yield COMPLAINED, part, hit.start("part")
                yield DELIVERED, whole, hit.start("whole")
                return


def _clause(
    line: str, start: int, end: int, counted: Iterable[tuple[Decimal, int, int]]
) -> Iterator[Found]:
    """Each telling word speaks of the quantity that stands nearest, and of no other."""
    here = [one for one in counted if start <= one[1] < end]
    if not here:
        return
    near = sorted(
        (max(at - hit.end(), hit.start() - behind, 0), place, hit.start(), name)
        for name, words in _shapes().words
        for hit in words.finditer(line, start, end)
        for place, (_, at, behind) in enumerate(here)
    )
    meaning: dict[int, str] = {}
    spent: set[int] = set()
    for _, place, word, name in near:
        if place not in meaning and word not in spent:
            meaning[place] = name
            spent.add(word)
    bad = [here[place][0] for place, name in meaning.items() if name == COMPLAINED]
    for place, (value, at, _) in enumerate(here):
        # "of 500 pcs, 20 pcs are bad": beside what is bad, the larger one is the delivery.
        rest = DELIVERED if bad and value > max(bad) else "unnamed"
        yield meaning.get(place, rest), value, at


def _clauses(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for mark in _CLAUSE.finditer(line):
        yield start, mark.end()
        start = mark.end()
    yield start, len(line)


class _Shapes:
    def __init__(self) -> None:
        known = labels()
        behind = {one.lower() for one in (*known.complained, *known.delivered, *known.units)}
        self._starts = frozenset(one[:2] for one in behind)
        self._behind = tuple(behind)
        # "150 rusty pieces"
        telling = _either((*known.complained, *known.delivered))
        unit = rf"(?:(?:{telling})\s)?(?:{_either(known.units)})"
        of = rf"\s(?:{_either(known.of)})\s+(?:[^\W\d]+\s)?"
        self.counted = _pattern(rf"{_named('number')}\s?{unit}")
        self.shares = (
            _pattern(rf"{_named('part')}(?:\s?{unit})?(?:\s?/\s?|{of}){_named('whole')}\s?{unit}"),
            _pattern(rf"{_named('part')}\s?{unit}{of}{_named('whole')}"),
            _pattern(
                rf"{_named('whole')}\s?(?:{unit})?\s?(?:{_either(known.among)})[^\d\n]{{0,6}}?"
                rf"{_named('part')}\s?{unit}"
            ),
        )
        self.words = (
            (COMPLAINED, _words(known.complained)),
            (DELIVERED, _words(known.delivered)),
            ("wanted", _words(known.wanted)),
        )

    def may_follow(self, line: str, at: int) -> bool:
        """Whether a unit may stand here, or a word that stands before one."""
        known = line[at : at + 2] in self._starts or line[at : at + 1] in self._starts
        return known and line.startswith(self._behind, at)


@cache
def _shapes() -> _Shapes:
    return _Shapes()


def _named(name: str) -> str:
    return rf"(?<![A-Za-z0-9.,_-])(?P<{name}>{NUMBER})"


def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile(shape, re.IGNORECASE)


def _words(words: Iterable[str]) -> re.Pattern[str]:
    return _pattern(_either(words))


def _either(words: Iterable[str]) -> str:
    """Any of the words as a whole word; signs of unspaced scripts anywhere."""
    return "|".join(
        re.escape(one) if UNSPACED.match(one) else rf"(?<!\w){re.escape(one)}\.?(?!\w)"
        for one in words
    )
