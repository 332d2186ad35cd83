"""Terms of the simulated year (R-8, R-11): what was agreed, with whom, and what that changes.

Agreed with a customer or for one case, and taken back; the case's own win. Whenever one that moves
clocks changes, every promise of those cases is reckoned anew (`year_life.Life.reckon`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from cases.calendar import Calendar
from cases.clocks import CLOCKS, plan
from cases.errors import BadInput
from service import agreeing
from service.agreeing import Party
from storage import customers
from tests.fault.year_agreed import AGREED, some_term
from tests.fault.year_desk import Desk, code_of, customer_of
from tests.fault.year_life import Calendars, Life
from tests.fault.year_plans import Line, Planned
from tests.shop import SUPERVISOR

_BEGIN: Final = ("acknowledgment", "containment", "proposal")


class Lives(dict[str, Life]):
    """The lives of all cases, by name; those of one customer share his terms."""

    def __init__(self, calendars: Calendars) -> None:
        super().__init__()
        self.calendars = calendars
        self.terms: defaultdict[int, dict[str, str]] = defaultdict(dict)

    def __missing__(self, case: str) -> Life:
        self[case] = Life(self.calendars, self.terms[customer_of(case)])
        return self[case]

    def of_customer(self, case: str) -> list[Life]:
        """All cases of the customer whose case this is."""
        return [life for other, life in self.items() if customer_of(other) == customer_of(case)]


def agreed(desk: Desk, one: Planned) -> None:
    """A supervisor notes what was agreed; the service refuses what holds already."""
    _try(
        desk,
        one,
        lambda to, term: agreeing.agree(desk.w, SUPERVISOR, to, term, one.about["text"], "agreed"),
    )


def taken_back(desk: Desk, one: Planned) -> None:
    """It holds no more."""
    _try(desk, one, lambda to, term: agreeing.take_back(desk.w, SUPERVISOR, to, term, "once"))


def _try(desk: Desk, one: Planned, act: Callable[[Party, str], object]) -> None:
    if one.about["of"] == "case":
        to = Party(case=desk.numbers[one.case])
    else:
        with desk.w.db.read() as connection:
            to = Party(customer_id=customers.by_code(connection, code_of(one.case)).id)
    try:
        act(to, one.about["term"])
    except BadInput:
        desk.refused[one.act] += 1


def means_agreed(life: Life, at: datetime, one: Planned, lives: Lives) -> None:
    """What it is to the promises; `text` is None for what is taken back."""
    term, text = one.about["term"], one.about.get("text")
    terms = life.own if one.about["of"] == "case" else life.customer
    if terms.get(term) == text:
        return  # refused: nothing changes
    if text is None:
        del terms[term]
    else:
        terms[term] = text
    for other in [life] if one.about["of"] == "case" else lives.of_customer(one.case):
        other.reckon(at)


def plan_terms(dice: Random, case: str, at: datetime, calendar: Calendar) -> list[Planned]:
    """Around what the first promises warn of, and at any time; mostly taken back later."""
    events: list[Planned] = []
    for of, chance in (("case", 0.35), ("customer", 0.12)):
        if dice.random() >= chance:
            continue
        names: Sequence[str] = tuple(AGREED)
        when = at + timedelta(hours=dice.uniform(0.2, dice.choice((10, 60, 600))))
        if dice.random() < 0.7:
            names, when = _around(dice, at, calendar)
        line = Line(dice, case, max(when, at + timedelta(minutes=2)))
        about = some_term(dice, names)
        line.then("agreed", 0, 0, of=of, **about)
        if dice.random() < 0.3:
            line.then("agreed", 0.1, 5, of=of, **some_term(dice, [about["term"]]))
        if dice.random() < 0.7:
            longest = dice.choice((0.5, 5, 100))
            line.then("taken_back", 0.05, longest, of=of, term=about["term"])
        events += line.events
    return events


def _around(dice: Random, at: datetime, calendar: Calendar) -> tuple[Sequence[str], datetime]:
    """Just before or after a warning or a limit, as they are if nothing was agreed yet."""
    clock = CLOCKS[dice.choice(_BEGIN)]
    found = plan(clock.time, clock.warns, at, calendar)
    # In UTC: on the night of a change of time there are moments that no clock on a wall shows.
    moment = dice.choice((*found.warns, found.due)).astimezone(UTC)
    names = (f"{clock.name}.time", f"{clock.name}.warns", "calendar")
    return names, moment + timedelta(minutes=dice.uniform(-25, 25))
