"""A clock as a drawing: where its time was counted, skipped or paused, and where it warns (R-9).

Pure: from what `service.explaining` tells, places in percent of the drawing's width. A page draws
them as SVG with sizes in percent, so that text keeps its size on every screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal

# counted: used up; ahead: will be counted; late: after the limit. The others did not count.
Kind = Literal["counted", "ahead", "late", "night", "weekend", "holiday", "paused"]

_SKIPPED: Final[Mapping[str, Kind]] = {"outside the hours": "night", "no working day": "weekend"}
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_STEPS: Final = (
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
    *(_DAY * count for count in (1, 2, 3, 7, 14, 28, 56, 112, 182, 364)),
)
_MOST_TICKS: Final = 5
_EDGE: Final = 7.0  # percent; a label nearer to the edge would be cut off
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch, in percent from the left. `says`: for who points at it, and for the list."""

    kind: Kind
    x: float
    width: float
    begin: datetime
    end: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: warn, due, ended or now."""

    kind: str
    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Tick:
    """A place of the scale, with its label."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One clock. `told`: the explained clock; `named`: holidays that it skipped, with their day."""

    told: Mapping[str, Any]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    kinds: tuple[Kind, ...]
    named: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From moments to percent."""

    begin: datetime
    end: datetime

    def of(self, moment: datetime) -> float:
        share = (moment - self.begin) / (self.end - self.begin)
        return round(100 * min(max(share, 0.0), 1.0), 2)


def draw(told: Mapping[str, Any], now: datetime, zone: tzinfo) -> Drawing:
    """The drawing of one explained clock, as it stands at `now`, with a scale in `zone`."""
    begin, due = _at(told["started"]), _at(told["due"])
    ended = _at(told["ended"]) if told["ended"] else None
    runs = told["state"] == "started"
    until = ended or now
    late = due < until and (runs or told["breached"])
    last = max(due, until if late else due, begin + timedelta(minutes=1))
    room = (last - begin) / 40  # for the marks at both ends
    scale = _Scale(begin - room, last + room)
    stretches = list(_stretches(told, until))
    if late:
        stretches.append(("late", due, min(until, scale.end), "late"))
    marks = [("warn", _at(one)) for one in told["warns"]] + [("due", due)]
    if ended is not None:
        marks.append(("ended", ended))
    elif begin <= now <= scale.end:
        marks.append(("now", now))
    bars = tuple(
        Bar(kind, x := scale.of(one), max(round(scale.of(other) - x, 2), 0.2), one, other, says)
        for kind, one, other, says in stretches
        if one < other
    )
    return Drawing(
        told,
        bars,
        tuple(Mark(kind, scale.of(at), at) for kind, at in marks),
        tuple(_ticks(scale, begin, zone)),
        tuple(dict.fromkeys(bar.kind for bar in bars)),
        tuple(_named(bars, zone)),
    )


def _stretches(
    told: Mapping[str, Any], until: datetime
) -> Iterator[tuple[Kind, datetime, datetime, str]]:
    """The way, cut where it is used up so far; of a promised date there is only the whole."""
    pauses = {one["reason"] for one in told["pauses"]}
    whole = {"from": told["started"], "to": told["due"], "reason": ""}
    for part in told["way"] or [whole]:
        begin, end, why = _at(part["from"]), _at(part["to"]), part["reason"]
        if why:
            yield _SKIPPED.get(why, "paused" if why in pauses else "holiday"), begin, end, why
            continue
        cut = min(max(until, begin), end)
        yield "counted", begin, cut, "counted"
        yield "ahead", cut, end, "still to be counted"


def _named(bars: Sequence[Bar], zone: tzinfo) -> Iterator[tuple[str, str]]:
    for bar in bars:
        if bar.kind == "holiday":
            yield f"{bar.begin.astimezone(zone):%Y-%m-%d}", bar.says


def _ticks(scale: _Scale, begin: datetime, zone: tzinfo) -> Iterator[Tick]:
    span = scale.end - scale.begin
    step = next((one for one in _STEPS if span / one <= _MOST_TICKS), _STEPS[-1])
    first = datetime.combine(begin.astimezone(zone).date(), time(0))
    for count in range(int(span / step) + int(_DAY / min(step, _DAY)) + 2):
        # By the wall clock: in the two nights of the year a day has 23 or 25 hours.
        wall = first + step * count
        x = scale.of(wall.replace(tzinfo=zone).astimezone(UTC))
        if _EDGE < x < 100 - _EDGE:
            yield Tick(x, _label(wall))


def _label(wall: datetime) -> str:
    day = f"{wall.day} {_MONTHS[wall.month - 1]}"
    return day if wall.time() == time(0) else f"{wall:%H:%M}"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
