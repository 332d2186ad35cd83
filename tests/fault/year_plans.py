"""What is meant to happen to a case of the simulated year, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from tests.fault.year_agreed import some_term


@dataclass(frozen=True)
class Planned:
    """One event of a case: `act` is a name of `year_acts.ACTS`; `at`: when it is meant."""

    at: datetime
    case: str
    act: str
    about: dict[str, Any] = field(default_factory=dict)


# What a case comes to, and how often.
_ENDS: Final = {
    "approved": 42,
    "rejected": 8,
    "forgotten": 12,
    "withdrawn": 8,
    "dismissed": 8,
    "merged": 10,
    "merged_for_a_while": 6,
    "left_open": 6,
}

_WHILE_PAUSED: Final = ("proposal.time", "proposal.warns", "calendar")


class Line:
    """The events of one case, one after the other."""

    def __init__(self, dice: Random, case: str, at: datetime) -> None:
        self.dice, self.case, self.at = dice, case, _odd(at)
        self.events: list[Planned] = []

    def then(self, act: str, least: float, most: float, **about: Any) -> None:
        """After so many hours."""
        self.at = _odd(self.at + timedelta(hours=self.dice.uniform(least, most)))
        self.events.append(Planned(self.at, self.case, act, about))

    def letter(self, template: str, least: float, most: float, **facts: Any) -> None:
        """Written, and accepted by the SMTP server some time later, mostly soon."""
        left = self.dice.choice((0.01, 0.01, 0.02, 0.1, 1.5))
        self.then("written", least, most, template=template, facts=facts)
        self.then("left", left, left)

    def maybe(self, chance: float) -> bool:
        return self.dice.random() < chance


def _odd(at: datetime) -> datetime:
    """Never at the moment of a sweep: 17 seconds past a minute."""
    return at.replace(second=17, microsecond=0)


def plan_case(dice: Random, number: int, at: datetime, earlier: int | None) -> list[Planned]:
    """All that happens to case `number`; `earlier` may take it in."""
    line = Line(dice, f"case {number}", at)
    end = dice.choices(list(_ENDS), list(_ENDS.values()))[0]
    if end.startswith("merged") and earlier is None:
        end = "left_open"
    _begin(line)
    if end == "forgotten":
        return line.events
    if end in ("withdrawn", "dismissed"):
        line.then(end, 0.5, 40)
        return line.events
    if end.startswith("merged"):
        line.then("merged", 0.5, 30, into=f"case {earlier}")
        if end == "merged_for_a_while":
            line.then("unmerged", 1, 60)
        return line.events
    _contain(line)
    _propose(line)
    _carry_out(line)
    if end == "left_open":
        return line.events
    line.letter("results", 2, 800)
    line.then("rejected" if end == "rejected" else "approved", 1, 200)
    if end == "rejected":
        # What was registered anew is a case of its own, with fresh clocks.
        again = Line(dice, f"{line.case}, anew", line.at)
        again.then("acknowledgment_left", 0.05, 30)
        _contain(again)
        _propose(again)
        line.events += again.events
    return line.events


def _begin(line: Line) -> None:
    if line.maybe(0.85):
        line.then("complained", 0, 0)
    else:
        line.then("called", 0, 0, before=line.dice.uniform(0.1, 5))
    line.then("acknowledgment_left", 0.02, line.dice.choice((0.1, 0.1, 0.1, 30)))
    if line.maybe(0.25):
        line.letter("information_request", 0.1, 10)
        if line.maybe(0.4):  # while the clocks stand still
            line.then("agreed", 0.05, 3, of="case", **some_term(line.dice, _WHILE_PAUSED))
        line.then("wrote", 0.5, line.dice.choice((3, 30, 200)))
        if line.maybe(0.7):
            line.letter("answer", 0.1, 40)
        elif line.maybe(0.5):
            line.then("no_answer_needed", 0.1, 40)
    if line.maybe(0.2):
        line.then("wrote", 0.1, 60)
        if line.maybe(0.8):
            line.letter("answer", 0.1, 40)


def _contain(line: Line) -> None:
    if line.maybe(0.2):
        line.then("not_concerned", 0.1, 3)
        if line.maybe(0.4):
            line.then("concerned", 0.5, 20)
    if line.maybe(0.75):
        steps = ["contained", "write"] if line.maybe(0.7) else ["write", "contained"]
        for step in steps:
            if step == "write":
                line.letter("containment", 0.1, 2)
            else:
                line.then("contained", 0.1, 2.5)
    elif line.maybe(0.3):
        line.then("told", 0.1, 6, clock="containment")


def _propose(line: Line) -> None:
    if line.maybe(0.2):
        line.then("analysis_asked", 0.2, 5)
        line.letter("analysis", 1, 100)
    if line.maybe(0.8):
        line.letter("solution_proposal", 0.5, line.dice.choice((5, 10, 40)))
        line.then("accepted", 1, 60)
    else:
        line.then("told", 0.5, 14, clock="proposal")
        line.letter("solution_proposal", 1, 5)
        line.then("accepted", 1, 60)


def _carry_out(line: Line) -> None:
    if line.maybe(0.5):
        day = (line.at + timedelta(days=line.dice.randint(1, 25))).date()
        line.letter("solution_agreed", 0.5, 10, promised_date=day.isoformat())
        for _ in range(line.dice.choice((0, 0, 1, 2))):
            day += timedelta(days=line.dice.randint(-2, 9))
            line.letter("solution_agreed", 5, 150, promised_date=day.isoformat())
        if line.maybe(0.8):
            line.letter("shipped", 10, 400)
    if line.maybe(0.6):
        for _ in range(line.dice.randint(1, 3)):
            line.then("measure_agreed", 0.1, 20, days=line.dice.choice((1, 4, 9, 200)))
        for _ in range(line.dice.choice((3, 3, 1))):
            line.then("measure_done", 5, 100)
        if line.maybe(0.85):
            line.letter("measures_confirmation", 1, 170)
            if line.maybe(0.3):
                line.letter("information_request", 10, 500)
                line.then("wrote", 5, 300)
                line.letter("answer", 0.5, 30)
        else:
            line.then("told", 1, 170, clock="measures")
