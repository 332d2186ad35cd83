"""amends task"""

from __future__ import annotations

import click

from desk.command import AS, JSON, WHY, print_list, wired
from service.people import act
from service.resolving import WAYS, Ending, resolve
from storage import views


@click.group()
def task() -> None:
    """List and resolve tasks."""


@task.command("list")
@click.option("--all", "every", is_flag=True, help="Resolved ones too.")
@JSON
@click.pass_context
def task_list(ctx: click.Context, every: bool, as_json: bool) -> None:
    """What a person must look at, the oldest first."""
    print_list(ctx, as_json, lambda c: views.task_list(c, only_open=not every))


@task.command("resolve")
@click.argument("task_id", type=int)
@click.option("--how", type=click.Choice(tuple(WAYS)), required=True)
@click.option("--case", "number", default="", help="For link: the case to go on in.")
@click.option("--for", "address", default="", help="For register_for: the customer's address.")
@click.option(
    "--option",
    default="",
    help="Of choose: the option; of kept_promise: the clock; of checked_off: their number.",
)
@WHY
@AS
@click.pass_context
def task_resolve(
    ctx: click.Context,
    task_id: int,
    how: str,
    number: str,
    address: str,
    option: str,
    why: str,
    user: str,
) -> None:
    """End a task, by doing what it asks for or by saying why nothing is done."""
    with act(wired(ctx), user, "task") as h:
        resolve(h, task_id, Ending(how, why, number, address, option))
