"""The due times of `due_times.toml`, as data: sites, and rows of what is due when."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.calendar import Calendar
from tests.cases.minutes import WEEKDAYS, Site

_FILE: Final = Path(__file__).with_name("due_times.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: started at `start` (aware), due at `due` in the site's zone."""

    site: str
    start: str
    time: str
    due: str
    why: str

    @property
    def started(self) -> datetime:
        return datetime.fromisoformat(self.start)


def _read() -> tuple[dict[str, dict[str, Any]], list[Row]]:
    found = tomllib.loads(_FILE.read_text())
    lines = (
        line for line in found["due"]["table"].splitlines() if line and not line.startswith("#")
    )
    rows = [Row(*(cell.strip() for cell in line.split("|"))) for line in lines]
    return found["site"], rows


SITES, ROWS = _read()


def site(name: str) -> Site:
    """As the walker of minutes reads it."""
    found, hours = SITES[name], _week(name)
    made_up = Counter(hours.values()).most_common(1)[0][0]
    closed, working = _days(found, "free", "own_closed"), _days(found, "made_up", "own_working")
    return Site(ZoneInfo(found["timezone"]), hours, closed, working, made_up)


def calendar(name: str) -> Calendar:
    """As `cases/` reads it."""
    found = SITES[name]
    hours = {WEEKDAYS.index(day): tuple(_spans(text)) for day, text in _week(name).items()}
    closed, working = _days(found, "free", "own_closed"), _days(found, "made_up", "own_working")
    zone = ZoneInfo(found["timezone"])
    return Calendar(name, zone, hours, frozenset(closed) - frozenset(working), frozenset(working))


def question(row: Row) -> dict[str, Any]:
    """As `amends due --json-lines` is asked; the free days are those of the public calendar."""
    found = SITES[row.site]
    return {
        "start": row.start,
        "time": row.time,
        "calendar": found.get("place"),
        "timezone": found["timezone"],
        "hours": found["hours"],
        "closed": found.get("own_closed"),
        "working": found.get("own_working"),
        "id": f"{row.site} {row.start} {row.time}",
    }


def _week(name: str) -> Mapping[str, str]:
    hours = SITES[name]["hours"]
    return dict.fromkeys(WEEKDAYS[:5], hours) if isinstance(hours, str) else hours


def _spans(text: str) -> Iterator[tuple[time, time]]:
    for span in text.split(","):
        begin, _, end = span.strip().partition("-")
        yield time.fromisoformat(begin), time.fromisoformat("00:00" if end == "24:00" else end)


def _days(found: Mapping[str, Any], *keys: str) -> list[date]:
    return [date.fromisoformat(day) for key in keys for day in found.get(key, ())]
