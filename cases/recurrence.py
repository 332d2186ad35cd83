"""Is a case like an earlier one (R-30)? Pure: plain facts in, hints with their reasons out.

The same customer, the same part and the same defect, near in time; or the same picture. Faults
are compared by what they mean in any language (`cases/defects.py`), and by their rare words
(`cases/likeness.py`): what a customer writes in all mails says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from cases.defects import Defect, defect_of
from cases.likeness import overlap, plain, rarity, words
from cases.sights import bands, near

NEAR_IN_TIME: Final = timedelta(days=730)
MOST_SHOWN: Final = 3  # hints of a case
_ENOUGH: Final = 0.5  # of a score from 0 to 1, when the part is the same
_ENOUGH_WITHOUT_PART: Final = 0.75  # when one of the two does not name its part
_PICTURE: Final = 0.9
_SHARED_FAULT: Final = 0.55
_SHARED_FEATURE: Final = 0.15
_OTHER_FEATURE: Final = -0.05
_OTHER_FEATURE_OF_SIZE: Final = -0.25
_WORDS: Final = 0.3
_WORDS_AGAINST_FAULTS: Final = 0.6
_OLD: Final = 0.1  # what two years take off
# They say that something is wrong, and not what: only together with the same feature.
_VAGUE: Final = frozenset({"not to size", "missing", "dent"})
# A size means something only of a feature: a bore too large is not a thread too large.
_SIZES: Final = frozenset(
    ("too large", "too small", "too long", "too short", "too deep", "too shallow", "wrong place")
)
_STOCK: Final = 3  # mails of a customer in which a line stands, to say nothing
_STOCK_SHARE: Final = 0.3
_STOCK_SHARE_OF_FAULTS: Final = 0.6  # a line that names a fault must be still more common
_CODE: Final = re.compile(r"(?<![\w.,])(?=[\w./-]*\d)\w[\w./-]+\w(?![\w])")
_MOST_CODES: Final = 12
_MOST_TEXT: Final = 4000  # signs


@dataclass(frozen=True, slots=True)
class Part:
    """A line's part as it was named; "" where it was not."""

    number: str
    name: str

    @property
    def key(self) -> str:
        """One spelling for 10.234.567 and 10-234-567; the name where there is no number."""
        return _key(self.number) or _key(self.name)


def _key(text: str) -> str:
    return "".join(sign for sign in plain(text) if sign.isalnum())


@dataclass(frozen=True)
class Told:
    """What is known of a case. `pictures`: their hashes (`cases/sights.py`)."""

    id: int
    number: str
    customer: int | None
    parts: tuple[Part, ...]
    text: str
    arrived_at: datetime
    pictures: tuple[str, ...] = ()
    apart: frozenset[int] = frozenset()  # cases with which it is one story, or was split from
    counts: bool = True  # neither dismissed nor part of another case

    @cached_property
    def keys(self) -> frozenset[str]:
        """Its parts."""
        return frozenset(part.key for part in self.parts if part.key)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """What looks like the number of something, in the order of the text."""
        found = (_key(code) for code in _CODE.findall(self.text[:_MOST_TEXT]))
        return tuple(dict.fromkeys(code for code in found if len(code) > 2))[:_MOST_CODES]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of its text, each with one spelling."""
        rows = (" ".join(plain(row).split()) for row in self.text[:_MOST_TEXT].splitlines())
        return tuple(row for row in rows if row)


@dataclass(frozen=True, slots=True)
class Hint:
    """`later` may be `earlier` again, and why, in words. `score`: from 0 to 1."""

    later: int
    earlier: int
    score: float
    reason: str


def marks(case: Told) -> frozenset[tuple[str, str]]:
    """By what a case is found: (kind, mark), each an entry of an index."""
    mine = case.customer
    found = {("picture", band) for picture in case.pictures for band in bands(picture)}
    if mine is not None:
        found.add(("customer", f"{mine}"))
        found |= {("part", f"{mine}:{key}"[:100]) for key in {*case.keys, *case.codes}}
        if not case.keys:
            found.add(("no part", f"{mine}"))
    return frozenset(found)


def sought(case: Told) -> tuple[tuple[str, str], ...]:
    """The marks that bring the cases to compare with, and those that tell what is usual."""
    also = () if case.customer is None else (("no part", f"{case.customer}"),)
    return (*sorted(marks(case) - set(also)), *also)


def hints(case: Told, others: Sequence[Told]) -> list[Hint]:
    """What `case` may repeat, or be repeated by; the likeliest first."""
    others = [one for one in others if one.id != case.id and one.id not in case.apart]
    usual = _Usual([case, *others], case.customer)
    pictures = _telling_pictures(case, others)
    found = []
    for other in others:
        if abs(case.arrived_at - other.arrived_at) <= NEAR_IN_TIME:
            seen = _same_picture(case, other, pictures)
            said = _same_defect(case, other, usual)
            found += [hint for hint in (_joined(seen, said),) if hint]
    found.sort(key=lambda hint: (-hint.score, -hint.earlier))
    return found


def _joined(seen: Hint | None, said: Hint | None) -> Hint | None:
    if seen and said:
        score = max(seen.score, said.score)
        return replace(seen, score=score, reason=f"{seen.reason}; {said.reason}")
    return seen or said


# --- the same picture


def _telling_pictures(case: Told, others: Sequence[Told]) -> list[str]:
    """Without those that the customer sends with every mail, whatever it is about."""
    found = []
    for picture in case.pictures:
        with_it = [one for one in others if any(near(picture, p) for p in one.pictures)]
        parts = {key for one in (case, *with_it) for key in one.keys}
        if len(with_it) < _STOCK or len(parts) < _STOCK:
            found.append(picture)
    return found


def _same_picture(case: Told, other: Told, pictures: Sequence[str]) -> Hint | None:
    if any(near(mine, theirs) for mine in pictures for theirs in other.pictures):
        return _hint(case, other, _PICTURE, f"the same picture as in {_older(case, other).number}")
    return None


# --- the same defect


class _Usual:
    """What the customer writes in many mails, and what each word weighs by that."""

    def __init__(self, cases: Sequence[Told], customer: int | None) -> None:
        own = [case for case in cases if case.customer == customer]
        counted = Counter(row for case in own for row in set(case.lines))
        self._stock = {
            row
            for row, number in counted.items()
            if number >= max(_STOCK, _STOCK_SHARE * len(own))
            and (number >= _STOCK_SHARE_OF_FAULTS * len(own) or not defect_of(row).faults)
        }
        self._texts = {case.id: self._without_stock(case) for case in own}
        self._words = {number: words(text) for number, text in self._texts.items()}
        self._weight: Mapping[str, float] = rarity(list(self._words.values()))

    def _without_stock(self, case: Told) -> str:
        rows = [row for row in case.lines if row not in self._stock]
        names = {word for part in case.parts for word in (part.number, part.name) if word}
        text = "\n".join(rows)
        for name in sorted(map(plain, names), key=len, reverse=True):
            text = text.replace(name, " ")
        return text

    def defect(self, case: Told) -> Defect:
        """What it complains of."""
        return defect_of(self._texts[case.id])

    def likeness(self, one: Told, other: Told) -> float:
        """How far the words agree, from 0 to 1."""
        return overlap(self._words[one.id], self._words[other.id], self._weight)

    def in_common(self, one: Told, other: Told) -> list[str]:
        """The rarest words of both."""
        both = self._words[one.id] & self._words[other.id]
        return sorted(both, key=lambda word: (-self._weight[word], word))[:3]


def _same_defect(case: Told, other: Told, usual: _Usual) -> Hint | None:
    part = _part_in_common(case, other)
    if case.customer is None or case.customer != other.customer or part is None:
        return None
    mine, theirs = usual.defect(case), usual.defect(other)
    alike = usual.likeness(case, other)
    age = abs(case.arrived_at - other.arrived_at) / NEAR_IN_TIME
    score = _score(mine, theirs, alike) - _OLD * age
    if score < (_ENOUGH if part else _ENOUGH_WITHOUT_PART):
        return None
    about = [f"same part {part} of the same customer" if part else "same customer, part not named"]
    about[0] += f" {_days(case, other)}"
    if same := _told_alike(mine, theirs):
        about.append(f"the same defect: {', '.join(same)}")
    else:
        about.append(f"the same words: {', '.join(usual.in_common(case, other))}")
    return _hint(case, other, score, "; ".join(about))


def _part_in_common(case: Told, other: Told) -> str | None:
    """The part of both as it is written; "" where one does not say; None: another part."""
    for part in (*case.parts, *other.parts):
        if part.key and all(part.key in one.keys or part.key in one.codes for one in (case, other)):
            return part.number or part.name
    return None if case.keys and other.keys else ""


def _score(mine: Defect, theirs: Defect, alike: float) -> float:
    faults, features = mine.faults & theirs.faults, mine.features & theirs.features
    if faults and (features or faults - _VAGUE):
        return min(1.0, _SHARED_FAULT + _agreement(mine, theirs) + _WORDS * alike)
    return alike * (_WORDS_AGAINST_FAULTS if mine.faults and theirs.faults else 1.0)


def _agreement(mine: Defect, theirs: Defect) -> float:
    if mine.features & theirs.features:
        return _SHARED_FEATURE
    if not (mine.features and theirs.features):
        return 0.0
    return _OTHER_FEATURE if mine.faults & theirs.faults - _SIZES else _OTHER_FEATURE_OF_SIZE


def _told_alike(mine: Defect, theirs: Defect) -> list[str]:
    return [*sorted(mine.features & theirs.features), *sorted(mine.faults & theirs.faults)]


# --- both


def _hint(case: Told, other: Told, score: float, reason: str) -> Hint:
    older = _older(case, other)
    later = other if older is case else case
    return Hint(later.id, older.id, round(min(1.0, score), 2), reason)


def _older(one: Told, other: Told) -> Told:
    return min(one, other, key=lambda case: (case.arrived_at, case.id))


def _days(one: Told, other: Told) -> str:
    days = abs(one.arrived_at - other.arrived_at).days
    return "on the same day" if days == 0 else f"{days} day{'s' if days > 1 else ''} before"
