"""Who is responsible for a new case, and why (R-32)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cases.deputies import stand_in


@dataclass(frozen=True)
class Choice:
    """Who gets the case; nobody where no rule found anybody. `why` is kept with the case."""

    manager: str | None
    why: str


NOBODY = Choice(None, "nobody can manage cases")


def by_rules(
    wishes: Iterable[tuple[str, str]], able: Collection[str], deputies: Mapping[str, str]
) -> Choice | None:
    """The first wish (rule, name) that leads to somebody who is here and able to manage cases.

    Who is away is represented. None: it goes in turn.
    """
    for rule, name in wishes:
        here = stand_in(name, deputies)
        if here in able:
            away = f"; {name} is away" if here != name else ""
            return Choice(here, f"{rule}{away}")
    return None


def in_turn(order: Sequence[str], deputies: Mapping[str, str]) -> Choice:
    """The next who is present; `order`: first whose last case is the longest ago."""
    present = (name for name in order if name not in deputies)
    return next((Choice(name, "in turn") for name in present), NOBODY)


def by_part(
    rules: Iterable[tuple[str, str]], lines: Iterable[Mapping[str, object]]
) -> tuple[tuple[str, str], ...]:
    """Wishes by part or product line: rules (pattern, manager) that fit a line's number or name.

    A pattern is as in file names ("RK-*"); capital and small letters are the same.
    """
    named = [
        str(value).casefold()
        for line in lines
        for value in (line.get("part_number"), line.get("part_name"))
        if value
    ]
    return tuple(
        (f"part {pattern}", manager)
        for pattern, manager in rules
        if any(fnmatchcase(one, pattern.casefold()) for one in named)
    )
