"""R-11: [terms] is what cases/terms.py knows, with the same names, defaults and ways to write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from cases.clocks import CLOCKS as CLOCK_RULES
from cases.clocks import check_warn
from cases.duration import Duration
from cases.errors import BadInput
from cases.terms import STATUS_STEPS, TERMS
from config.calendars import day_sets
from config.closures import read_closures
from config.confirmed import unconfirmed
from config.settings import CalendarSettings, CompanyTerms
from config.terms import CLOCKS, STEPS


def test_names_and_defaults_are_those_of_the_rules() -> None:
    fields = CompanyTerms.model_fields
    own = {name: one.default for name, one in TERMS.items() if "." not in name}
    assert {name: field.default for name, field in fields.items() if name != "clock"} == own
    named = {name.partition(".")[0] for name in TERMS if "." in name}
    assert set(CLOCKS) == named == {n for n, clock in CLOCK_RULES.items() if not clock.fixed}
    assert STEPS == STATUS_STEPS


@pytest.mark.parametrize(
    "text", ["1 hour", "12 Business  Hours", "9999 weeks", "0 hours", "1 day", "x", "10000 hours"]
)
def test_a_time_is_one_here_and_there(text: str) -> None:
    try:
        CompanyTerms.model_validate({"clock": {"proposal": {"time": text}}})
        good = True
    except ValidationError:
        good = False
    assert good == _parses(text)


@pytest.mark.parametrize(
    "text", ["50 %", "8 hours", "3 business days before", "0 %", "100 %", "soon", "3 days before"]
)
def test_a_warning_is_one_here_and_there(text: str) -> None:
    try:
        CompanyTerms.model_validate({"clock": {"proposal": {"warns": [text]}}})
        good = True
    except ValidationError:
        good = False
    assert good == _warns(text)


def _parses(text: str) -> bool:
    try:
        return bool(Duration.parse(text))
    except BadInput:
        return False


def _warns(text: str) -> bool:
    try:
        return bool(check_warn(text))
    except BadInput:
        return False


def test_only_what_differs_is_agreed() -> None:
    assert CompanyTerms().agreed == {}
    given = {
        "interim_days": 7,
        "priority": False,
        "clock": {"proposal": {"time": "12 Business Hours", "warns": ["50 %"]}, "answer": {}},
    }
    assert CompanyTerms.model_validate(given).agreed == {
        "interim_days": 7,
        "proposal.time": "12 business hours",
        "proposal.warns": ("50 %",),
    }
    assert set(CompanyTerms.model_validate(given).agreed) <= set(TERMS)


def test_an_unknown_clock_is_refused() -> None:
    with pytest.raises(ValidationError, match="promised_date"):
        CompanyTerms.model_validate({"clock": {"promised_date": {"time": "1 week"}}})


def test_own_days_from_a_file(tmp_path: Path) -> None:
    """R-8: closures with their names, and extra working days; the file and the keys together."""
    file = tmp_path / "days.txt"
    file.write_text(
        "\ufeff# ours\n\n2026-12-24 closed Christmas closure # both sites\n2026-02-28  Working\n"
        "2026-12-28 closed\n",
        encoding="utf-8",
    )
    calendar = CalendarSettings.model_validate(
        {"country": "DE", "closures_file": str(file), "closed": [date(2026, 12, 31)]}
    )
    days = day_sets(calendar, [2026], "UTC")
    assert {date(2026, 12, day) for day in (24, 28, 31)} <= days.closed
    assert days.names[date(2026, 12, 24)] == "Christmas closure"
    assert date(2026, 12, 28) not in days.names
    assert date(2026, 2, 28) in days.working


def test_a_file_of_days_with_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "days.txt"
    file.write_text(
        "20261224 closed\n2026-12-24 shut\n2026-12-24\n2026-01-02 closed\n2026-01-02 closed\n"
    )
    found, problems = read_closures(file)
    assert set(found.closed) == {date(2026, 1, 2)}
    assert [problem.partition(" has")[0].partition(" is")[0] for problem in problems] == [
        "line 1",
        "line 2",
        "line 3",
        "line 5",
    ]
    file.write_bytes(b"\xff\xfe")
    assert "UTF-8" in read_closures(file)[1][0]
    assert "cannot be read" in read_closures(tmp_path)[1][0]
    file.write_bytes(b"#" * 1_100_000)
    assert "1 MiB" in read_closures(file)[1][0]


def test_whoever_writes_the_announced_days_confirms_the_year() -> None:
    china = {"country": "CN", "working": [date(2045, 2, 12)]}
    assert unconfirmed(CalendarSettings.model_validate(china), [2045]) == {}
    assert list(unconfirmed(CalendarSettings.model_validate({"country": "CN"}), [2045])) == [2045]
