"""amends clock"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cases.clocks import CLOCKS
from desk.command import AS, JSON, WHY, to_json, wired
from desk.show import table
from service import telling
from service.explaining import explain
from service.people import act
from storage import casefile

_NAME = click.Choice(tuple(CLOCKS))
_BY_HAND = click.argument("name", metavar="CLOCK", type=click.Choice(telling.BY_HAND))


@click.group()
def clock() -> None:
    """The promises of a case that run against time."""


@clock.command("list")
@click.argument("number")
@JSON
@click.pass_context
def clock_list(ctx: click.Context, number: str, as_json: bool) -> None:
    """The clocks of a case, in a line each."""
    found = _explained(ctx, number)
    names = ("clock", "rule", "state", "started", "due", "breached", "ended", "reason")
    rows = [{name: one[name] for name in names} for one in found]
    click.echo(to_json(rows) if as_json else table(rows))


@clock.command("explain")
@click.argument("number")
@JSON
@click.pass_context
def clock_explain(ctx: click.Context, number: str, as_json: bool) -> None:
    """Why each clock is due when it is: every interval that counted or was skipped (R-9)."""
    found = _explained(ctx, number)
    click.echo(to_json(found) if as_json else "\n\n".join(map(_text, found)) or "nothing")


@clock.command("stop")
@click.argument("number")
@click.argument("name", metavar="CLOCK", type=_NAME)
@click.option("--act", "what", required=True, help="Who told whom, when and how.")
@AS
@click.pass_context
def clock_stop(ctx: click.Context, number: str, name: str, what: str, user: str) -> None:
    """A promise was kept without a letter: by phone, in the customer's portal (R-7)."""
    with act(wired(ctx), user, "clock") as h:
        telling.told(h, number, name, what)


@clock.command("start")
@click.argument("number")
@_BY_HAND
@WHY
@AS
@click.pass_context
def clock_start(ctx: click.Context, number: str, name: str, why: str, user: str) -> None:
    """The customer wants an analysis (R-6); or goods are concerned after all (R-2)."""
    with act(wired(ctx), user, "clock") as h:
        telling.begin(h, number, name, why)


@clock.command("cancel")
@click.argument("number")
@_BY_HAND
@WHY
@AS
@click.pass_context
def clock_cancel(ctx: click.Context, number: str, name: str, why: str, user: str) -> None:
    """No goods are concerned (R-2), or the analysis is not wanted any more (R-6)."""
    with act(wired(ctx), user, "clock") as h:
        telling.call_off(h, number, name, why)


def _explained(ctx: click.Context, number: str) -> list[dict[str, Any]]:
    w = wired(ctx)
    with w.db.read() as connection:
        return explain(w, connection, casefile.by_number(connection, number))


def _text(one: Mapping[str, Any]) -> str:
    head = f"{one['clock']} ({one['rule']}): {one['time']}, calendar {one['calendar']}"
    lines = [head, f"  started {one['started']}"]
    lines += [
        f"  {part['from']}  {part['to']}  {part['reason'] or 'counted'}" for part in one["way"]
    ]
    lines.append(f"  due     {one['due']}{', missed' if one['breached'] else ''}")
    if one["recomputed"]:
        was = f"was due {one['was_due']} until " if one["was_due"] else ""
        lines.append(f"  {was}{one['recomputed']}")
    lines += [f"  not confirmed: {year}" for year in one["unconfirmed"]]
    if "reckoned_now" in one:
        lines.append(f"  by the calendar as it is now: {one['reckoned_now']}")
    ended = f" {one['ended']} by {one['ended_by']}" if one["ended"] else ""
    lines.append(f"  {one['state']}{ended}{': ' + one['reason'] if one['reason'] else ''}")
    return "\n".join(lines)
