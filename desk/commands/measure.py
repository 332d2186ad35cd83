"""amends measure"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from desk.command import AS, JSON, WHY, print_list, wired
from desk.commands.letter import read_file
from mailer.sendable import sendable
from service import measures
from service.people import act
from storage.measures import owed_by


@click.group()
def measure() -> None:
    """What is to be done, by whom, until when."""


@measure.command("list")
@click.option("--owner", required=True, metavar="USER")
@JSON
@click.pass_context
def measure_list(ctx: click.Context, owner: str, as_json: bool) -> None:
    """What a user still has to do, the most urgent first."""
    print_list(ctx, as_json, lambda connection: owed_by(connection, owner))


@measure.command("add")
@click.argument("number")
@click.option("--kind", type=click.Choice(measures.KINDS), required=True)
@click.option("--text", required=True, help="What is to be done.")
@click.option("--owner", required=True, metavar="USER")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), required=True, help="YYYY-MM-DD")
@AS
@click.pass_context
def measure_add(
    ctx: click.Context, number: str, kind: str, text: str, owner: str, due: datetime, user: str
) -> None:
    """Add a measure to a case; prints its id."""
    with act(wired(ctx), user, "measure") as h:
        made = measures.add_measure(h, number, measures.Measure(kind, text, owner, due.date()))
    click.echo(made)


@measure.command("done")
@click.argument("measure_id", metavar="MEASURE", type=int)
@click.option("--evidence", default="", help="What shows that it was done.")
@click.option("--file", "paths", type=click.Path(path_type=Path), multiple=True, help="It too.")
@AS
@click.pass_context
def measure_done(
    ctx: click.Context, measure_id: int, evidence: str, paths: tuple[Path, ...], user: str
) -> None:
    """Note that a measure was done: by its owner, or by a manager."""
    w = wired(ctx)
    given = tuple(map(read_file, paths))
    sendable(given, limit=w.settings.desk.max_attachment_mb * 1024 * 1024)
    files = measures.prepared(w, ((one.name, one.content_type, one.data) for one in given))
    with act(w, user, "own_measure") as h:
        measures.measure_done(h, measure_id, evidence, files)


@measure.command("move")
@click.argument("measure_id", metavar="MEASURE", type=int)
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="YYYY-MM-DD")
@click.option("--owner", default="", metavar="USER")
@WHY
@AS
@click.pass_context
def measure_move(
    ctx: click.Context, measure_id: int, due: datetime | None, owner: str, why: str, user: str
) -> None:
    """Give a measure another date or another owner."""
    with act(wired(ctx), user, "measure") as h:
        due_on = due.date() if due else None
        measures.move_measure(h, measure_id, why, due_on=due_on, owner=owner)
