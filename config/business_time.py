"""Business time of a site or customer, as it is written in the file (R-8)."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import field_validator, model_validator

from config.closures import Closures, read_closures
from config.section import A_FILE, Section, key, written
from config.values import Different, Hours, MaybePath, spans, timezone_name

_DATES = "dates without quotes, such as [2026-12-24, 2026-12-31]"
_MONDAY_TO_FRIDAY = ("monday", "tuesday", "wednesday", "thursday", "friday")


def _day(name: str) -> object:
    return key(
        f"Working hours on {name.capitalize()}.",
        write='hours such as "09:00-17:30" or, with a break, "08:00-12:00, 13:00-17:00"',
    )


class Week(Section):
    """Working hours by weekday; a weekday that is absent is closed."""

    monday: Annotated[Hours, _day("monday")] = ()
    tuesday: Annotated[Hours, _day("tuesday")] = ()
    wednesday: Annotated[Hours, _day("wednesday")] = ()
    thursday: Annotated[Hours, _day("thursday")] = ()
    friday: Annotated[Hours, _day("friday")] = ()
    saturday: Annotated[Hours, _day("saturday")] = ()
    sunday: Annotated[Hours, _day("sunday")] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_string(cls, value: object) -> object:
        return dict.fromkeys(_MONDAY_TO_FRIDAY, spans(value)) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _not_empty(self) -> Week:
        # A calendar without working hours would never let a deadline arrive.
        if not any(getattr(self, day) for day in type(self).model_fields):
            raise ValueError("must have working hours on at least one day")
        return self


class CalendarSettings(Section):
    """Business time of a site or customer (R-8). Without one, there is "default"."""

    timezone: Annotated[
        str,
        key(
            'Time zone of the hours; "" means company.timezone.',
            write='a name such as "Asia/Shanghai", or ""',
        ),
    ] = ""
    country: Annotated[
        str,
        key(
            "Country whose public holidays are closed, with the make-up working days of "
            'countries that move working days to weekends, such as China; "" means none.',
            write='the two letters of a country, such as "DE", or ""',
        ),
    ] = ""
    subdivision: Annotated[
        str,
        key(
            'State or province with holidays of its own, such as "BY" for Bavaria; "" means none.',
            write='the code of a state or province of the country, such as "BY", or ""',
        ),
    ] = ""
    categories: Annotated[
        tuple[str, ...],
        Different,
        key(
            "More kinds of holidays that are closed days, where the country has them: such as "
            '"catholic" for those that only parts of a German state keep.',
            write='a list such as ["catholic"]',
            strict=False,
        ),
    ] = ()
    hours: Annotated[
        Week,
        key(
            "Working hours: one text for Monday to Friday, if need be with breaks "
            '("08:00-12:00, 13:00-17:00"), or a table { monday = "09:00-17:30", .. } in which '
            'an absent weekday is closed; "24:00" is the end of a day.',
            write='hours such as "09:00-17:30", or a table { monday = "09:00-17:30", .. }',
        ),
    ] = written("09:00-17:30")
    closures_file: Annotated[
        MaybePath,
        key(
            "File with more of your own days, one a line: the day, closed or working, and why "
            '("2026-12-24 closed Christmas closure", "2026-02-28 working"); # begins a remark. '
            'Read at start; "" means none.',
            write=A_FILE,
        ),
    ] = None
    closed: Annotated[
        tuple[date, ...],
        key("Days on which the company is closed besides holidays.", write=_DATES, strict=False),
    ] = ()
    working: Annotated[
        tuple[date, ...],
        key(
            "Days that are worked although they are a holiday or a day without hours.",
            write=_DATES,
            strict=False,
        ),
    ] = ()

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        return timezone_name(value) if value else value

    @cached_property
    def own(self) -> Closures:
        """Days closed and days worked of one's own: of the keys and of the file."""
        file = read_closures(self.closures_file)[0] if self.closures_file else Closures()
        return Closures(
            {**file.closed, **{day: file.closed.get(day, "") for day in self.closed}},
            file.working | frozenset(self.working),
        )
