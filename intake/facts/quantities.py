"""How many pieces were delivered and how many are complained of, in running text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Final

from intake.facts.alternation import alternation
from intake.facts.amounts import NUMBER, number
from intake.facts.labels import UNSPACED, labels
from intake.facts.spelled import in_digits
from intake.reply.shapes import every

DELIVERED: Final = "quantity_delivered"
COMPLAINED: Final = "quantity_complained"

Found = tuple[str, Decimal, int]  # fact, value, where it stands in the text
Counted = tuple[Decimal, int, int]  # value, from where to where

_MOST_COUNTED: Final = 20  # in one sentence; each is compared with each word around it
_NUMBER_END: Final = re.compile(r"\d(?!\d)\s?")
_COUNT: Final = re.compile(r"\d\s[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]+")
# A year, a house or a post code is not how many there are: four digits at most, unless in groups.
_FEW: Final = r"(?!(?:19|20)\d\d\b)(?:\d{1,3}(?:[  '’.,]\d{3})+|\d{1,4})(?!\d)"
_NUMBERED: Final = re.compile(
    r"(?:[#№°§]|\b(?:nr|no|kw|week|page|pos|item|line)\.?)\s?$", re.IGNORECASE
)
_CALENDAR: Final = "|".join(
    re.escape(one) for word in (*every("months"), *every("weekdays")) for one in word.split("|")
)
# What is counted in a complaint and is no piece of the goods.
_NOT_COUNTED: Final = (
    rf"(?:{_CALENDAR}"
    r"|(?:business |working |calendar )?(?:days?|weeks?|months?|years?|hours?|minutes?|seconds?)"
    r"|hrs|mins?|tagen?|tage|wochen?|monaten?|monate|jahren?|jahre|stunden?|std|minuten?|uhr|jours?"
    r"|semaines?|mois|ans|heures?|días?|semanas?|meses|años?|horas?|giorni|settimane|mesi|anni|ore"
    r"|dagen|weken|maanden|jaar|uur|dni|tygodni\w*|miesi\w*|lat|godzin\w*|dias|anos"
    r"|mm|cm|microns?|metres?|meters?|inch(?:es)?|kilos?|kg|grams?|degrees?|grad|bar|volt|watt|rpm"
    r"|percent|prozent|procent|por|pour|per|euros?|eur|usd|dollars?|yuan|rmb|pln|chf|gbp"
    r"|times|mal|fois|veces|volte|keer|razy|people|persons?|leute|colleagues|photos?|pictures?|fotos?"
    r"|bilder|pages?|seiten|mails?|e-mails?|options?|points?|punkte|steps?|shifts?|boxes|cartons?"
    r"|pallets?|kartons?|paletten?|kisten?|lots?|batch(?:es)?|orders?|deliver(?:y|ies)|shipments?"
    r"|instead|statt|anstatt|and|und|or|oder|the|is|are|was|were|ist|sind|war|waren|has|have|had"
    r"|with|mit|for|für|from|von|to|bis|until|on|at|in|by|a|an)\b"
)
_CLAUSE: Final = re.compile(r"[;!?。；！？\n]|\.(?=\s+[A-ZÀ-Ž])|:(?=\s)")


def quantities(line: str) -> list[Found]:
    """The quantities of one line, by what is said around them; `unnamed` is neither."""
    shapes = _shapes()
    line = in_digits(line)
    low = line.lower()
    # Looking for all shapes costs 0.1 ms a line; few lines have a unit behind a number.
    ends = (one.end() for one in _NUMBER_END.finditer(low))
    counted: list[Counted] = []
    if any(shapes.may_follow(low, at) for at in ends):
        if found := list(_part_of_whole(line, shapes.shares)):
            return found
        counted = list(_counts(line, shapes.counted))
    own = _in_own_words(line, counted) if shapes.tells(low) else []
    if not own:
        return _by_clause(line, counted)
    if found := list(_part_of_whole(line, (shapes.own_share,))):
        return found
    guessed = {at for _, at, _ in own}
    every = sorted((*counted, *own), key=lambda one: one[1])
    return [one for one in _by_clause(line, every) if one[0] != "unnamed" or one[2] not in guessed]


def _in_own_words(line: str, counted: Collection[Counted]) -> list[Counted]:
    """ "5 of the gears are chipped": what is counted may be called anything, where it is bad."""
    known = {at for _, at, _ in counted}
    return [one for one in _counts(line, _shapes().own_words) if one[1] not in known]


def _counts(line: str, shape: re.Pattern[str]) -> Iterator[Counted]:
    named = labels()
    for hit in shape.finditer(line):
        value = number(hit["number"])
        # The number of an order or a part is not that of its pieces.
        if value and not _NUMBERED.search(line[max(0, hit.start() - 8) : hit.start()]):
            before = named.before(line[max(0, hit.start() - 60) : hit.start()])
            if not before or any(one.startswith("quantity") for one in before):
                yield value, hit.start(), hit.end()


def _by_clause(line: str, counted: Collection[Counted]) -> list[Found]:
    if not counted:
        return []
    return [found for start, end in _clauses(line) for found in _clause(line, start, end, counted)]


def complains(text: str) -> bool:
    """Whether one of the words is in it that say that goods are bad."""
    return _shapes().harm.search(text) is not None


def is_counted(text: str) -> bool:
    """Whether `text` begins with a number of pieces."""
    return _shapes().counted.match(text) is not None


def _part_of_whole(line: str, shapes: Iterable[re.Pattern[str]]) -> Iterator[Found]:
    """ "12 of 300 pcs", "12/300 pcs", 300件中有12件: both at once."""
    for shape in shapes:
        for hit in shape.finditer(line):
            part, whole = number(hit["part"]), number(hit["whole"])
            if part is not None and whole is not None and part <= whole:
                yield COMPLAINED, part, hit.start("part")
                yield DELIVERED, whole, hit.start("whole")
                return


def _clause(line: str, start: int, end: int, counted: Iterable[Counted]) -> Iterator[Found]:
    """Each telling word speaks of the quantity that stands nearest, and of no other."""
    here = [one for one in counted if start <= one[1] < end][:_MOST_COUNTED]
    if not here:
        return
    near = sorted(
        (max(at - hit.end(), hit.start() - behind, 0), place, hit.start(), name)
        for name, words in _shapes().words
        for hit in islice(words.finditer(line, start, end), _MOST_COUNTED)
        for place, (_, at, behind) in enumerate(here)
    )
    meaning: dict[int, str] = {}
    spent: set[int] = set()
    for _, place, word, name in near:
        if place not in meaning and word not in spent:
            meaning[place] = name
            spent.add(word)
    bad = [here[place][0] for place, name in meaning.items() if name == COMPLAINED]
    if len(here) == 1 and (whole := _whole(line, start, end, here[0])):
        yield from whole
        return
    for place, (value, at, _) in enumerate(here):
        # "of 500 pcs, 20 pcs are bad": beside what is bad, the larger one is the delivery.
        rest = DELIVERED if bad and value > max(bad) else "unnamed"
        yield meaning.get(place, rest), value, at


def _whole(line: str, start: int, end: int, one: Counted) -> list[Found]:
    """ "All 60 sleeves were delivered in the wrong colour": so many came, and so many are bad."""
    shapes = _shapes()
    value, at, _ = one
    if not shapes.all_before.search(line[max(start, at - 30) : at]):
        return []
    delivered = any(
        True
        for name, words in shapes.words
        if name == DELIVERED
        for _ in words.finditer(line, start, end)
    )
    found = [(COMPLAINED, value, at)]
    return [*found, (DELIVERED, value, at)] if delivered else found


def _clauses(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for mark in _CLAUSE.finditer(line):
        yield start, mark.end()
        start = mark.end()
    yield start, len(line)


def _shares(unit: str, of: str, among: str) -> tuple[re.Pattern[str], ...]:
    return (
        _pattern(rf"{_named('part')}(?:\s?{unit})?(?:\s?/\s?|{of}){_named('whole')}\s?{unit}"),
        _pattern(rf"{_named('part')}\s?{unit}{of}{_named('whole')}(?!\w|[-/.,]\w|\d)"),
        _pattern(
            rf"{_named('whole')}\s?(?:{unit})?\s?(?:{among})[^\d\n]{{0,6}}?"
            rf"{_named('part')}\s?{unit}"
        ),
    )


class _Shapes:
    def __init__(self) -> None:
        known = labels()
        behind = {
            one.lower() for one in (*known.complained, *known.whole, *known.delivered, *known.units)
        }
        self._starts = frozenset(one[:2] for one in behind)
        self._behind = tuple(behind)
        # "150 rusty pieces"
        self._telling = frozenset(
            one.split()[-1].rstrip(".")
            for one in (*known.complained, *known.whole, *known.delivered)
            if not UNSPACED.match(one)
        )
        self.harm = _words(known.complained)
        self.all_before = _pattern(rf"(?:{_either(known.whole)})\s?(?:[^\W\d_]{{2,4}}\s)?$")
        noun = rf"\s(?:(?:{_either(known.of)})\s)?(?:[A-Z0-9]+[./-][\w./-]+\s)?"
        noun += rf"(?!{_NOT_COUNTED})[^\W\d_]{{3,}}"
        few = _named("number").replace(NUMBER, _FEW)
        telling = _either((*known.complained, *known.whole, *known.delivered))
        self.own_words = _pattern(rf"{few}(?:{noun}|\s(?:{telling}))")
        unit = rf"(?:(?:{telling})\s)?(?:{_either(known.units)})"
        of = rf"\s(?:{_either(known.of)})\s+(?:[^\W\d]+\s)?"
        self.counted = _pattern(rf"{_named('number')}\s?{unit}")
        self.shares = _shares(unit, of, _either(known.among))
        self.words = (
            (COMPLAINED, _words((*known.complained, *known.whole))),
            (DELIVERED, _words(known.delivered)),
            ("wanted", _words(known.wanted)),
        )
        self.own_share = _pattern(
            rf"{_named('part').replace(NUMBER, _FEW)}\s(?:{_either(known.of)})\s"
            rf"(?:[^\W\d_]{{2,4}}\s)?{_named('whole').replace(NUMBER, _FEW)}{noun}"
        )

    def tells(self, low: str) -> bool:
        """Whether a word is in it that says what came, or what is bad."""
        return bool(_COUNT.search(low)) and not self._telling.isdisjoint(_WORD.findall(low))

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
    """Any of the words as a whole word; signs of unspaced scripts anywhere.

    The edge of a word is looked for once, before all of them: ten times as fast as at each.
    """
    every = list(words)
    spaced = alternation(one for one in every if not UNSPACED.match(one))
    unspaced = [re.escape(one) for one in every if UNSPACED.match(one)]
    return "|".join([rf"(?<!\w)(?:{spaced})\.?(?!\w)", *unspaced] if spaced else unspaced)
