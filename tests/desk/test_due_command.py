"""`amends due`: the contract, and what a wrong question is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from click.testing import CliRunner

from cases.duration import Duration
from cases.reckoning import reckon
from config.calendars import day_sets
from config.settings import CalendarSettings
from desk.cli import main
from service.wiring import calendar_of
from tests.cases.due_table import ROWS, question


def ask(*arguments: str, lines: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["due", *arguments], input=lines)
    return done.exit_code, done.output


def answered(**question: str) -> dict[str, Any]:
    options = [word for name, value in question.items() for word in (f"--{name}", value)]
    code, said = ask(*options, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


def test_every_interval_is_told() -> None:
    found = answered(
        start="2026-04-30T16:00+02:00",
        time="1 business day",
        calendar="DE-BY",
        timezone="Europe/Berlin",
    )
    assert found["due"] == "2026-05-04T16:00:00+02:00"
    assert found["intervals"] == [
        {"from": "2026-04-30T16:00:00+02:00", "to": "2026-04-30T17:30:00+02:00"},
        {"from": "2026-05-04T09:00:00+02:00", "to": "2026-05-04T16:00:00+02:00"},
    ]
    assert [one["reason"] for one in found["skipped"]] == [
        "outside the hours",
        "Labor Day",
        "no working day",
        "no working day",
        "outside the hours",
    ]


@pytest.mark.parametrize(
    ("question", "due"),
    [
        ({"time": "3 hours"}, "2026-03-06T19:00:00+00:00"),
        ({"time": "1 business day"}, "2026-03-09T16:00:00+00:00"),
        ({"time": "2 business hours"}, "2026-03-09T09:30:00+00:00"),
        ({"time": "2 weeks"}, "2026-03-20T16:00:00+00:00"),
        ({"time": "1 week", "timezone": "Asia/Shanghai"}, "2026-03-14T00:00:00+08:00"),
        (
            {"time": "1 business day", "hours": "08:00-12:00, 13:00-17:00"},
            "2026-03-09T16:00:00+00:00",
        ),
        # National Day, and the Saturday that is worked for it
        (
            {
                "start": "2026-09-30T16:00",
                "time": "1 business day",
                "calendar": "CN",
                "timezone": "Asia/Shanghai",
            },
            "2026-10-08T16:00:00+08:00",
        ),
    ],
)
def test_due(question: dict[str, str], due: str) -> None:
    assert answered(**{"start": "2026-03-06T16:00Z", **question})["due"] == due


def test_questions_by_the_line_get_an_answer_each() -> None:
    asked = [
        {"start": "2026-03-06T16:00Z", "time": "1 hour"},
        {"start": "tomorrow", "time": "1 hour"},
        {"time": "1 hour"},
        [1],
    ]
    code, said = ask("--json-lines", lines="\n".join([*map(json.dumps, asked), "{"]) + "\n")
    first, *wrong = [json.loads(line) for line in said.splitlines()]
    assert first["due"] == "2026-03-06T17:00:00+00:00"
    assert [one["error"].split(";")[0].split(":")[0] for one in wrong] == [
        "start 'tomorrow' is no moment",
        "start is missing",
        "this is no JSON object",
        "this is no JSON",
    ]
    assert code == 65


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "nothing is asked; give --start and --time"),
        (("--start", "2026-03-06", "--time", "soon"), "'soon' is not a time"),
        (("--start", "2026-03-06", "--time", "1 week", "--calendar", "XX"), "no calendar 'XX'"),
        (("--start", "2026-03-06", "--time", "1 week", "--timezone", "Mars"), "IANA list"),
        (("--start", "2026-03-06", "--time", "1 week", "--hours", "9-5"), "hours '9-5'"),
    ],
)
def test_a_wrong_question_names_its_mend(options: tuple[str, ...], said: str) -> None:
    code, told = ask(*options)
    assert said in told
    assert code == 65


def test_holidays_that_are_not_announced_are_told() -> None:
    """R-8: China tells its make-up working days late in the year before."""
    asked = {"start": "2044-12-30T09:00", "time": "3 business days", "timezone": "Asia/Shanghai"}
    assert answered(**asked, calendar="CN")["confirmed"] is False
    assert answered(**asked, calendar="DE-BY")["confirmed"] is True
    assert answered(**{**asked, "time": "3 weeks"}, calendar="CN")["confirmed"] is True
    assert (
        "holidays not confirmed"
        in ask("--start", "2044-12-30T09:00", "--time", "3 business days", "--calendar", "CN")[1]
    )


@pytest.mark.parametrize(
    ("start", "time", "due"),
    [
        ("2026-04-02T20:00", "1 business day", "2026-04-08T09:00:00+02:00"),
        ("2026-04-02T11:00", "1 business day", "2026-04-07T11:00:00+02:00"),
        ("2026-04-02T16:30", "2 business hours", "2026-04-07T10:00:00+02:00"),
        ("2026-04-02T15:30", "2 business hours", "2026-04-02T17:30:00+02:00"),
        ("2026-03-28T12:00", "24 hours", "2026-03-29T13:00:00+02:00"),
        ("2026-03-28T12:00", "1 week", "2026-04-04T12:00:00+02:00"),
    ],
)
def test_the_examples_of_the_page_on_business_time(start: str, time: str, due: str) -> None:
    """R-8, R-9: docs/business-time.md."""
    asked = {"calendar": "DE", "timezone": "Europe/Berlin"}
    assert answered(start=start, time=time, **asked)["due"] == due


def test_a_day_that_closes_early_ends_it_there() -> None:
    hours = CalendarSettings.model_validate(
        {"hours": {"thursday": "09:00-17:30", "friday": "09:00-14:00"}}
    )
    week = calendar_of("short", day_sets(hours, [2026], "UTC"))
    start = datetime(2026, 4, 9, 15, tzinfo=UTC)
    assert reckon(start, Duration.parse("1 business day"), week).at == start.replace(
        day=10, hour=14
    )


def test_a_table_of_due_times() -> None:
    """Every row of tests/cases/due_times.toml, by the public calendars."""
    asked = "\n".join(json.dumps(question(row)) for row in ROWS)
    code, said = ask("--json-lines", lines=asked)
    assert code == 0, said
    found = [json.loads(line) for line in said.splitlines()]
    due = {one["id"]: one["due"].replace(":00+", "+").replace(":00-", "-") for one in found}
    assert due == {question(row)["id"]: row.due for row in ROWS}
    # what counted and what was skipped is the whole way, without holes.
    for row, one in zip(ROWS, found, strict=True):
        way = sorted(one["intervals"] + one["skipped"], key=lambda part: _utc(part["from"]))
        assert _utc(way[0]["from"]) == row.started
        assert _utc(way[-1]["to"]) == _utc(one["due"])
        assert all(_utc(a["to"]) == _utc(b["from"]) for a, b in pairwise(way))
        assert all(part["reason"] for part in one["skipped"])


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_hours_of_unlike_weekdays_and_own_days() -> None:
    hours = '{"monday": "08:00-12:00, 13:00-17:00", "Friday": "08:00-12:00"}'
    found = answered(start="2026-03-06T11:00", time="1 business day", hours=hours)
    assert found["due"] == "2026-03-09T11:00:00+00:00"
    options = ("--start", "2026-03-06T11:00", "--time", "1 business hour", "--hours", hours)
    code, said = ask(*options, "--closed", "2026-03-06", "--working", "2026-03-08", "--json")
    assert (code, json.loads(said)["due"]) == (0, "2026-03-08T09:00:00+00:00")


def test_questions_are_read_generously() -> None:
    asked = {"start": "2026-03-06 16:00Z ", "time": " 1  Business Hour", "calendar": "de-by"}
    more = {"id": 7, "why": "a note", "hours": None, "due": "2026-03-09"}
    said = ask("--json-lines", lines=f"\n{json.dumps({**asked, **more})}\r\n\n")[1]
    assert json.loads(said)["due"] == "2026-03-06T17:00:00+00:00"
    assert json.loads(said)["id"] == 7


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"times": "1 week"}, "times is no key (perhaps time); keys are start, time, calendar"),
        ({"tz": "UTC"}, "tz is no key"),
        ({"hours": 8}, "hours must be a text"),
        ({"hours": {"friday": 8}}, "the hours of friday must be a text"),
        ({"hours": {"fryday": "08:00-12:00"}}, "of fryday"),
        ({"hours": "22:00-06:00"}, "must be hours that end after they start"),
        ({"hours": {}}, "must have working hours on at least one day"),
        ({"closed": "2026-12-24"}, "closed must be a list of days"),
        ({"working": ["24.12.2026"]}, "working: '24.12.2026' is no day; write days as in 2026"),
        ({"calendar": "DE-XX"}, "there is no calendar 'DE-XX'"),
        ({"time": "1.5 hours"}, "'1.5 hours' is not a time"),
        ({"start": "9999-12-31T23:00Z"}, "outside the years 1 to 9999"),
    ],
)
def test_one_wrong_question_does_not_end_the_rest(asked: dict[str, Any], said: str) -> None:
    good = {"start": "2026-03-06T16:00Z", "time": "1 week"}
    code, told = ask("--json-lines", lines="\n".join(map(json.dumps, [{**good, **asked}, good])))
    wrong, right = map(json.loads, told.splitlines())
    assert said in wrong["error"]
    assert right["due"] == "2026-03-13T16:00:00+00:00"
    assert code == 65


def test_bytes_that_are_no_text_are_one_wrong_question() -> None:
    nested = b"[" * 100_000
    done = CliRunner().invoke(main, ["due", "--json-lines"], input=b"\xff\n" + nested + b"\n{}\n")
    assert [json.loads(line)["error"][:16] for line in done.output.splitlines()] == [
        "this is no JSON:",
        "this is no JSON:",
        "start is missing",
    ]
