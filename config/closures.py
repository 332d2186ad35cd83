"""Own closures and extra working days from a file, a day a line (R-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

_KINDS: Final = ("closed", "working")
_DAY_CHARS: Final = len("2026-12-24")
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Closures:
    """Days closed, each with why ("" where nobody said), and days worked."""

    closed: Mapping[date, str] = field(default_factory=dict)
    working: frozenset[date] = frozenset()


def read_closures(path: Path) -> tuple[Closures, tuple[str, ...]]:
    """The days of a file, and what is wrong with it: with the line and the mend, one text each."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        return Closures(), (f"cannot be read ({error.strerror}); write the path of a file",)
    except UnicodeDecodeError:
        return Closures(), ("is not UTF-8 text; save the file as UTF-8",)
    if len(data) > _MOST_BYTES:
        return Closures(), ("is larger than 1 MiB; write only the days of your own",)
    return _days(text)


def _days(text: str) -> tuple[Closures, tuple[str, ...]]:
    closed: dict[date, str] = {}
    working: set[date] = set()
    lines: dict[date, int] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split(maxsplit=2)
        if not words:
            continue
        day = _day(words[0])
        if day is None or len(words) < 2 or words[1].lower() not in _KINDS:
            problems.append(
                f"line {number} is no day; write it as in 2026-12-24 closed Christmas closure, "
                "or 2026-02-28 working"
            )
        elif lines.setdefault(day, number) != number:
            problems.append(f"line {number} has {day} once more; remove it, or line {lines[day]}")
        elif words[1].lower() == "closed":
            closed[day] = words[2].strip() if len(words) > 2 else ""
        else:
            working.add(day)
    return Closures(closed, frozenset(working)), tuple(problems)


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if len(word) == _DAY_CHARS else None
    except ValueError:
        return None
