"""A day as its readers write it: 9 October 2026, never 9/10/2026, which is two days."""

from __future__ import annotations

from datetime import date

from cases.errors import BadInput

MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
}
FORMS = {
    "en": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "zh": "{year}年{number}月{day}日",
}
ANYWHERE = "{year}-{number:02}-{day:02}"  # ISO 8601: where we do not know the custom


def written_day(value: object, language: str) -> str:
    """Return a date, or a text YYYY-MM-DD, as `language` writes it. Raises BadInput."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        raise BadInput(f"{str(value)!r} is not a day", mend="write it as in 2026-10-09") from None
    months = MONTHS.get(language)
    month = months[day.month - 1] if months else ""
    form = FORMS.get(language, ANYWHERE)
    return form.format(day=day.day, month=month, number=day.month, year=day.year)
