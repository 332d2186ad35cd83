"""How complaints are counted (R-42): pure, over plain rows of cases and their lines.

A failure is a line, in the year of its complaint date (not of its number). Cases that were
dismissed, withdrawn or merged do not count. A chain of re-registrations is one complaint: its lines
are those of its latest case, its date is that of its first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

OUT: Final = frozenset({"dismissed", "withdrawn", "merged"})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it is counted. `day`: its complaint date, in the company's zone."""

    id: int
    state: str
    day: date
    round: int = 1
    lines: int = 1
    predecessor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One complaint: the cases in which it went on, the first one first."""

    cases: tuple[CaseRow, ...]

    @property
    def year(self) -> int:
        """The year of the first complaint."""
        return self.cases[0].day.year

    @property
    def counts(self) -> bool:
        """Whether its end is one that counts."""
        return self.cases[-1].state not in OUT

    @property
    def lines(self) -> int:
        """The failures: as they stand in the latest case."""
        return self.cases[-1].lines

    @property
    def again(self) -> int:
        """How often it was registered anew, or went on in the same case (R-28)."""
        return len(self.cases) - 1 + sum(one.round - 1 for one in self.cases)


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of a year: complaints, their failures, and how often they came back."""

    registrations: int = 0
    failures: int = 0
    registered_anew: int = 0
    rounds: int = 0


def chains(cases: Iterable[CaseRow]) -> list[Chain]:
    """The cases as complaints. One whose predecessor is not among them begins a chain."""
    known = {one.id: one for one in cases}
    heirs = {one.predecessor_id: one for one in known.values() if one.predecessor_id in known}
    found = []
    for first in known.values():
        if first.predecessor_id in known:
            continue
        chain = [first]
        while (heir := heirs.get(chain[-1].id)) is not None and heir not in chain:
            chain.append(heir)
        found.append(Chain(tuple(chain)))
    return found


def by_year(cases: Iterable[CaseRow]) -> Mapping[int, Count]:
    """The figures, year by year. `rounds`: of complaints that count, each at least one."""
    counted: dict[int, list[Chain]] = {}
    for chain in chains(cases):
        if chain.counts:
            counted.setdefault(chain.year, []).append(chain)
    return {year: _count(counted[year]) for year in sorted(counted)}


def total(counts: Iterable[Count]) -> Count:
    """The sum."""
    every = list(counts)
    return Count(
        sum(one.registrations for one in every),
        sum(one.failures for one in every),
        sum(one.registered_anew for one in every),
        sum(one.rounds for one in every),
    )


def rate(failures: int, items: int) -> str:
    """The complaint rate in per cent with two digits, as the overview shows it; "" without items.

    Half a hundredth is rounded up, as people do who reckon with a sheet.
    """
    if items <= 0:
        return ""
    hundredths = (failures * 20_000 + items) // (2 * items)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def by_state(cases: Iterable[CaseRow]) -> Mapping[str, int]:
    """How many registrations stand where, those that do not count among them."""
    return Counter(one.state for one in cases)


def _count(found: Sequence[Chain]) -> Count:
    return Count(
        len(found),
        sum(one.lines for one in found),
        sum(len(one.cases) - 1 for one in found),
        sum(one.again + 1 for one in found),
    )
