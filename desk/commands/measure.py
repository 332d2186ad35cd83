"""amends measure"""

from __future__ import annotations

from datetime import datetime

import click

from desk.command import AS, wired
from service import measures
from service.people import act


@click.group()
def measure() -> None:
    """What is to be done, by whom, until when."""


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


@measure.command("change")
@click.argument("measure_id", metavar="MEASURE", type=int)
@click.option("--owner", default="", metavar="USER")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="YYYY-MM-DD")
@AS
@click.pass_context
def measure_change(
    ctx: click.Context, measure_id: int, owner: str, due: datetime | None, user: str
) -> None:
    """Give a measure another owner or date; the owner is told."""
    with act(wired(ctx), user, "measure") as h:
        measures.change_measure(h, measure_id, owner=owner, due_on=due.date() if due else None)


@measure.command("done")
@click.argument("measure_id", metavar="MEASURE", type=int)
@click.option("--evidence", required=True, help="What shows that it was done.")
@AS
@click.pass_context
def measure_done(ctx: click.Context, measure_id: int, evidence: str, user: str) -> None:
    """Note that a measure was done."""
    with act(wired(ctx), user, "measure") as h:
        measures.measure_done(h, measure_id, evidence)
