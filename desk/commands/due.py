"""amends due"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from cases.errors import AmendsError, BadInput
from desk.command import JSON, to_json
from service.due import Question, answer


@click.command()
@click.option("--start", metavar="ISO", help="When it begins, as in 2026-03-02T09:00+01:00.")
@click.option(
    "--time", metavar="TIME", help='"N hours", "N business hours", "N business days", "N weeks".'
)
@click.option(
    "--calendar", default="", metavar="PLACE", help='Public holidays, as "DE-BY" or "CN".'
)
@click.option("--timezone", default="UTC", show_default=True, help="Zone of hours and answer.")
@click.option(
    "--hours",
    default="09:00-17:30",
    show_default=True,
    help='Monday to Friday; or as JSON: {"monday": "08:00-12:00, 13:00-17:00", ..}.',
)
@click.option("--closed", multiple=True, metavar="DAY", help="A day off of the company's own.")
@click.option("--working", multiple=True, metavar="DAY", help="A day worked all the same.")
@click.option("--json-lines", is_flag=True, help="Read questions, a JSON object a line.")
@JSON
@click.pass_context
def due(
    ctx: click.Context,
    start: str | None,
    time: str | None,
    calendar: str,
    timezone: str,
    hours: str,
    closed: tuple[str, ...],
    working: tuple[str, ...],
    json_lines: bool,
    as_json: bool,
) -> None:
    """Say when a time is up, with every interval that was counted and skipped. No database."""
    if json_lines:
        asked = (line for line in sys.stdin.buffer if line.strip())
        answered = [_answer_line(line) for line in asked]
        if not all(answered):
            ctx.exit(BadInput.exit_code)
        return
    if start is None or time is None:
        raise BadInput("nothing is asked", mend="give --start and --time, or --json-lines")
    found = answer(Question(start, time, calendar, timezone, _hours(hours), closed, working))
    click.echo(to_json(found) if as_json else _text(found))


def _hours(text: str) -> str | Mapping[str, str]:
    if not text.lstrip().startswith("{"):
        return text
    try:
        return Question.of({"start": "", "time": "", "hours": json.loads(text)}).hours
    except json.JSONDecodeError as error:
        raise BadInput(f"--hours is no JSON: {error}") from None


def _answer_line(line: bytes) -> bool:
    """One answer for one question, in its place; False for a question that has none."""
    found: dict[str, Any] = {}
    try:
        asked = json.loads(line.decode())
        found = {"id": asked["id"]} if isinstance(asked, dict) and "id" in asked else {}
        found |= answer(Question.of(asked))
    except (ValueError, RecursionError) as error:  # no UTF-8, or no JSON
        found["error"] = f"this is no JSON: {error}"
    except AmendsError as error:
        found["error"] = str(error)
    click.echo(json.dumps(found, ensure_ascii=False))
    return "error" not in found


def _text(found: Mapping[str, Any]) -> str:
    ways = [
        *((one["from"], one["to"], "counted") for one in found["intervals"]),
        *((one["from"], one["to"], one["reason"]) for one in found["skipped"]),
    ]
    told = f"due {found['due']}{'' if found['confirmed'] else ' (holidays not confirmed)'}"
    return "\n".join((told, *("  ".join(way) for way in sorted(ways))))
