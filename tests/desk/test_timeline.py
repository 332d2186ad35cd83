"""R-9: the drawing of a clock shows what `amends clock explain` tells, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk.web.timeline import Drawing, draw

BERLIN = ZoneInfo("Europe/Berlin")
ASKED = "the customer was asked (letter 7)"
START = datetime(2026, 4, 2, 13, 0, tzinfo=UTC)  # Maundy Thursday, 15:00


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def told(**more: Any) -> dict[str, Any]:
    """Two hours, a night, a holiday, a weekend, a pause and six more hours."""
    way = [
        (0, 2.5, ""), (2.5, 9, "outside the hours"), (9, 33, "Good Friday"),
        (33, 81, "no working day"), (81, 90, "closed"), (90, 91, ASKED),
        (91, 96, ""),
    ]  # fmt: skip
    return {
        "clock": "measures",
        "state": "started",
        "started": at(0),
        "due": at(96),
        "ended": None,
        "breached": False,
        "warns": [at(92), at(94)],
        "way": [{"from": at(a), "to": at(b), "reason": why} for a, b, why in way],
        "pauses": [{"from": at(90), "to": at(91), "reason": ASKED}],
        **more,
    }


def drawn(hours: float, **more: Any) -> Drawing:
    return draw(told(**more), START + timedelta(hours=hours), BERLIN)


def kinds(found: Drawing) -> str:
    return " ".join(bar.kind for bar in found.bars)


@pytest.mark.parametrize(
    ("hours", "more", "wanted"),
    [
        (1, {}, "counted ahead night holiday weekend holiday paused ahead"),
        (92, {}, "counted night holiday weekend holiday paused counted ahead"),
        (100, {}, "counted night holiday weekend holiday paused counted late"),
        (100, {"state": "stopped", "ended": at(1)},
         "counted ahead night holiday weekend holiday paused ahead"),
        (100, {"state": "stopped", "ended": at(97), "breached": True},
         "counted night holiday weekend holiday paused counted late"),
        (100, {"state": "paused"}, "counted night holiday weekend holiday paused counted"),
        (200, {"state": "cancelled", "ended": at(100)},
         "counted night holiday weekend holiday paused counted"),
        (24, {"way": [], "pauses": []}, "counted ahead"),
    ],
)  # fmt: skip
def test_every_stretch_is_drawn_as_what_it_was(
    hours: float, more: dict[str, Any], wanted: str
) -> None:
    assert kinds(drawn(hours, **more)) == wanted


def test_bars_follow_each_other_and_fill_the_way() -> None:
    found = drawn(1)
    for one, following in zip(found.bars, found.bars[1:], strict=False):
        assert one.end == following.begin
        assert one.x + one.width == pytest.approx(following.x, abs=0.03)
    assert found.bars[0].x > 0  # room for a mark at the very start
    assert found.bars[-1].x + found.bars[-1].width < 100
    hours = [(bar.end - bar.begin) / timedelta(hours=1) for bar in found.bars]
    widths = [bar.width for bar in found.bars]
    assert max(w / h for w, h in zip(widths, hours, strict=True)) == pytest.approx(
        min(w / h for w, h in zip(widths, hours, strict=True)), rel=0.05
    )


def test_marks_stand_where_they_are() -> None:
    found = drawn(1)
    assert [mark.kind for mark in found.marks] == ["warn", "warn", "due", "now"]
    assert found.marks[3].x < found.marks[0].x < found.marks[1].x < found.marks[2].x
    ended = drawn(500, state="stopped", ended=at(1))
    assert [mark.kind for mark in ended.marks][-2:] == ["due", "ended"]
    assert drawn(1).named == (("2026-04-03", "Good Friday"), ("2026-04-06", "closed"))


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        (4, ["16:00", "17:00", "18:00"]),
        (12, ["18:00", "21:00", "3 Apr"]),
        (96, ["3 Apr", "4 Apr", "5 Apr", "6 Apr"]),
        (24 * 28, ["9 Apr", "16 Apr", "23 Apr"]),
        (24 * 365 * 2, None),
    ],
)
def test_the_scale_has_a_few_labels_in_the_desks_zone(span: int, wanted: list[str] | None) -> None:
    found = drawn(1, due=at(span), way=[], warns=[])
    assert 2 <= len(found.ticks) <= 6
    assert all(0 < tick.x < 100 for tick in found.ticks)
    if wanted is not None:
        assert [tick.label for tick in found.ticks][: len(wanted)] == wanted


def test_days_of_the_scale_begin_at_midnight_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    moments = {"started": before.isoformat(), "due": (before + timedelta(days=4)).isoformat()}
    found = draw(told(way=[], warns=[], **moments), before, BERLIN)
    assert [tick.label for tick in found.ticks] == ["28 Mar", "29 Mar", "30 Mar", "31 Mar"]
    sunday = found.ticks[2].x - found.ticks[1].x  # the 29th has 23 hours
    assert sunday < found.ticks[1].x - found.ticks[0].x


def test_a_clock_that_was_due_at_once_is_drawn() -> None:
    found = drawn(0, due=at(0), way=[], warns=[], state="stopped", ended=at(0))
    assert all(0 <= mark.x <= 100 for mark in found.marks)
