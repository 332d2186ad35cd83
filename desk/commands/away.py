"""amends user away, back, absences: who is not here, and who stands in (R-32)."""

from __future__ import annotations

from datetime import datetime

import click

from desk.command import AS, JSON, print_list, wired
from service import presence
from service.people import act
from storage import views

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("away")
@click.argument("name")
@click.option("--from", "first", type=_DAY, required=True, help="The first day, YYYY-MM-DD.")
@click.option("--until", "last", type=_DAY, help="The last day; without: until `user back`.")
@click.option("--deputy", required=True, metavar="USER", help="Who stands in.")
@AS
@click.pass_context
def away(
    ctx: click.Context, name: str, first: datetime, last: datetime | None, deputy: str, user: str
) -> None:
    """Note that a user is away. New cases, warnings and digests go to the deputy."""
    with act(wired(ctx), user, "own_absence") as h:
        presence.go_away(h, name, first.date(), last.date() if last else None, deputy)


@click.command("back")
@click.argument("name")
@AS
@click.pass_context
def back(ctx: click.Context, name: str, user: str) -> None:
    """End the absence that holds today."""
    with act(wired(ctx), user, "own_absence") as h:
        ended = presence.come_back(h, name)
    click.echo("back" if ended else f"{name} was here")


@click.command("absences")
@JSON
@click.pass_context
def absence_list(ctx: click.Context, as_json: bool) -> None:
    """Absences that were not ended, the latest first."""
    print_list(ctx, as_json, views.absence_list)
