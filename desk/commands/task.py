"""amends task"""

from __future__ import annotations

import click

from desk.command import AS, JSON, WHY, print_list, wired
from service import acting
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
@click.option("--how", type=click.Choice(acting.RESOLUTIONS), required=True)
@WHY
@AS
@click.pass_context
def task_resolve(ctx: click.Context, task_id: int, how: str, why: str, user: str) -> None:
    """End a task."""
    acting.resolve_task(wired(ctx), task_id, how, why, user)
