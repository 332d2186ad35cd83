"""What the company agrees upon with everybody, where customer and case say nothing (R-11)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import AfterValidator, field_validator

from config.section import Section, key, written
from config.values import Different, Line, MaybeLanguage, timezone_name

# cases/clocks.py has the clocks and cases/terms.py the steps; a test compares (config is ground).
CLOCKS: Final = (
    "acknowledgment",
    "containment",
    "proposal",
    "measures",
    "results",
    "analysis",
    "answer",
)
STEPS: Final = (
    "containment",
    "solution_agreed",
    "measures_started",
    "measures_confirmed",
    "results",
    "shipped",
    "closed",
    "registered_anew",
)
_TIME: Final = re.compile(r"[1-9][0-9]{0,3}\s+(hour|business\s+hour|business\s+day|week)s?")
_WARN: Final = re.compile(r"[1-9][0-9]?\s*%|[1-9][0-9]?\s+business\s+days?\s+before")
_WRITE_TIME: Final = '"N hours", "N business hours", "N business days" or "N weeks"'


def _time(value: str) -> str:
    if value and not _TIME.fullmatch(value.strip().lower()):
        raise ValueError("must be a time")
    return value


def _warns(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not (_WARN.fullmatch(one.strip()) or _TIME.fullmatch(one.strip().lower())):
            raise ValueError(f'must say when to warn, and "{one}" does not')
    return value


def _rising(value: tuple[int, ...]) -> tuple[int, ...]:
    if list(value) != sorted(set(value)) or any(not 0 < one <= 365 for one in value):
        raise ValueError("must be days from 1 to 365 that rise")
    return value


def _steps(value: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [one for one in value if one not in STEPS]:
        raise ValueError(f'must hold steps that there are, and "{unknown[0]}" is none')
    return value


def _clocks(value: dict[str, Any]) -> dict[str, Any]:
    if unknown := [one for one in value if one not in CLOCKS]:
        raise ValueError(f'must hold clocks that there are, and "{unknown[0]}" is none')
    return value


class ClockTerms(Section):
    """Time and warnings of one clock, such as proposal, instead of those of the rules (R-10)."""

    time: Annotated[
        str,
        AfterValidator(_time),
        key(
            'How long it runs; "" means as the rule says.',
            write=_WRITE_TIME,
            examples=["12 hours"],
        ),
    ] = ""
    warns: Annotated[
        tuple[str, ...],
        AfterValidator(_warns),
        key(
            "When people are warned; empty means as the rule says.",
            write='a list of "50 %", "8 hours" or "3 business days before"',
            examples=[["8 hours"]],
            strict=False,
        ),
    ] = ()


class CompanyTerms(Section):
    """Terms of everybody with whom nothing else was agreed: see `amends terms` (R-11)."""

    calendar: Annotated[
        Line,
        key(
            'Calendar of business time (R-8); "" means company.calendar.',
            write='the NAME of a section [calendar.NAME] of this file, or ""',
        ),
    ] = ""
    timezone: Annotated[
        str,
        key(
            'Time zone in which letters name moments; "" means company.timezone.',
            write='a name such as "Europe/Berlin", or ""',
        ),
    ] = ""
    language: Annotated[
        MaybeLanguage,
        key(
            'Language of letters to new contacts; "" means as they write, else company.language.',
            write='one of company.languages, such as "en", or ""',
        ),
    ] = ""
    manager: Annotated[
        Line, key('User who gets the cases (R-32); "" means in turn.', write="a user's name")
    ] = ""
    priority: Annotated[
        bool,
        key("Expedited: shown first and warned earlier (R-32).", write="true or false"),
    ] = False
    formal: Annotated[
        bool, key("Every complaint is formal: an 8D is demanded (R-32).", write="true or false")
    ] = False
    automatic_mails: Annotated[
        bool, key("Mails to customers leave by themselves.", write="true or false")
    ] = True
    status_mails: Annotated[
        tuple[str, ...],
        AfterValidator(_steps),
        Different,
        key(
            "Steps of which the customer is told by themselves (R-13).",
            write=f"a list of {', '.join(STEPS)}",
            strict=False,
        ),
    ] = STEPS
    interim_days: Annotated[
        int,
        key(
            "Business days of quiet after which the customer gets a notice (R-13); 0 means none.",
            write="a number of days from 0 to 365",
            ge=0,
            le=365,
        ),
    ] = 5
    reminder_days: Annotated[
        tuple[int, ...],
        AfterValidator(_rising),
        key(
            "Business days after which a silent customer is reminded (R-12).",
            write="a list of days that rise, such as [3, 7]",
            strict=False,
        ),
    ] = (3, 7)
    deemed_accepted_days: Annotated[
        int,
        key(
            "Days after which silence accepts (R-12); 0 means never.",
            write="a number of days from 0 to 365",
            ge=0,
            le=365,
        ),
    ] = 0
    own_system: Annotated[
        Line,
        key(
            "The customers' own system in which complaints are recorded, with its address.",
            write='a text, or ""',
        ),
    ] = ""
    approvers: Annotated[
        tuple[Line, ...],
        key(
            "Addresses that may decide besides the address of record (R-29).",
            write='a list such as ["name@example.com"]',
            strict=False,
        ),
    ] = ()
    clock: Annotated[
        dict[str, ClockTerms],
        AfterValidator(_clocks),
        key(
            "Other times and warnings of clocks.",
            write=f"sections [terms.clock.NAME] of {', '.join(CLOCKS)}",
        ),
    ] = written({})

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        return timezone_name(value) if value else value

    @cached_property
    def agreed(self) -> dict[str, Any]:
        """What differs from the rules, by the names of cases/terms.py."""
        fields = type(self).model_fields
        found = {
            name: getattr(self, name)
            for name in fields
            if name != "clock" and getattr(self, name) != fields[name].default
        }
        for name, clock in self.clock.items():
            if clock.time:
                found[f"{name}.time"] = " ".join(clock.time.lower().split())
            if clock.warns:
                found[f"{name}.warns"] = clock.warns
        return found
