"""A date as mail programs write it for people, in the languages of `intake/reply/words`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

from intake.reply import shapes

_LONGEST: Final = 120
_MONTHS: Final = {
    name.casefold(): number
    for words in shapes.WORDS.values()
    for number, names in enumerate(words["months"], start=1)
    for name in names.split("|")
}
_MONTH: Final = re.compile(
    "|".join(
        re.escape(one) if one[0].isdigit() else rf"(?<![^\W\d_]){re.escape(one)}(?![^\W\d_])"
        for one in sorted(_MONTHS, key=len, reverse=True)
    )
)
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY: Final = re.compile(r"(?<!\d)(\d{1,2})(?!\d|[:：h時]\d)")
_YEAR_FIRST: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d) ?[-/.年년] ?(\d{1,2}) ?[-/.月월] ?(\d{1,2})(?!\d)"
)
_DAY_FIRST: Final = re.compile(
    r"(?<!\d)(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?[-/.] ?((?:19|20)?\d\d)(?!\d)"
)
_CLOCK: Final = re.compile(
    r"(?<![\d+-])(\d{1,2})(?: ?[:：h時时點点] ?|시 ?|\.)(\d{2})(?:[:：.分분](\d{2}))?(?![\d.])"
)
_AFTER_NOON: Final = re.compile(r"\bp\. ?m\b|pm\b|下午|午後|오후|晚上|傍晚|中午|öö\b|ös\b|μμ")
_BEFORE_NOON: Final = re.compile(r"\ba\. ?m\b|am\b|上午|午前|오전|凌晨|早上")
_LATIN_NOON: Final = re.compile(r"[ap]\.? ?m\b")
_OFFSET: Final = re.compile(r"(?:gmt|utc|\s)\(?([+-])(\d{1,2}):?(\d{2})?\b")
_ZONES: Final = {
    "gmt": 0, "utc": 0, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2, "eest": 3,
    "msk": 3, "jst": 9, "kst": 9, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "pst": -8, "pdt": -7,
}  # fmt: skip
_ZONE: Final = re.compile(rf"\b({'|'.join(_ZONES)})\b")


def parse(text: str, zone: tzinfo, latest: datetime | None = None) -> datetime | None:
    """The moment in UTC; None without day and time. `zone`: where none is written.

    `latest`: no later moment is meant; 03/04 is read so that it is not after it.
    """
    text = text.replace("\u202f", " ").replace("\xa0", " ")[:_LONGEST]
    try:
        formal = parsedate_to_datetime(text)
        if formal.tzinfo is not None:
            return formal.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    low = text.casefold()
    clock = _clock(low)
    if clock is None:
        return None
    where = _zone(low) or zone
    found = (datetime.combine(day, clock, where) for day in _days(low))
    moments = [one.astimezone(UTC) for one in found]
    fitting = [one for one in moments if latest is None or one <= latest + timedelta(days=1)]
    return next(iter(fitting or moments), None)


def _clock(low: str) -> time | None:
    without_day = _YEAR_FIRST.sub(" ", _DAY_FIRST.sub(" ", low))
    found = _CLOCK.search(without_day)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if _AFTER_NOON.search(low) and hour < 12:
        hour += 12
    elif _BEFORE_NOON.search(low) and hour == 12:
        hour = 0
    return time(hour, minute, min(second, 59)) if hour < 24 and minute < 60 else None


def _days(low: str) -> list[date]:
    """Every reading of the day, the likeliest first."""
    if found := _YEAR_FIRST.search(low):
        return _valid((int(found[1]), int(found[2]), int(found[3])))
    if found := _DAY_FIRST.search(low):
        one, two, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if year < 100 else 0
        american = found[2] == "/" and bool(_LATIN_NOON.search(low))
        orders = [(year, one, two), (year, two, one)]
        return _valid(*(orders if american else reversed(orders)))
    return _named(low)


def _named(low: str) -> list[date]:
    """ "Tuesday, 5 May 2026", "May 5, 2026", "5月5日 2026"."""
    # The last: "mar. 5 mai" is a Tuesday in May.
    month, year = next(reversed(list(_MONTH.finditer(low))), None), _YEAR.search(low)
    if month is None or year is None:
        return []
    before = _DAY.findall(low[: month.start()].replace(year[0], " "))
    after = _DAY.findall(low[month.end() :].replace(year[0], " "))
    days = [*before[-1:], *after[:1]]
    return _valid(*((int(year[0]), _MONTHS[month[0]], int(day)) for day in days))


def _valid(*parts: tuple[int, int, int]) -> list[date]:
    found = []
    for year, month, day in parts:
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _zone(low: str) -> tzinfo | None:
    if found := _OFFSET.search(low):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours <= 14 and minutes < 60:
            span = timedelta(hours=hours, minutes=minutes)
            return timezone(-span if found[1] == "-" else span)
    if found := _ZONE.search(low):
        return timezone(timedelta(hours=_ZONES[found[1]]))
    return None
