"""amends mail"""

from __future__ import annotations

import click

from desk.command import AS, JSON, print_list, wired
from service.people import act
from service.rereading import Rereading
from service.sorting import link
from storage import views


@click.group()
def mail() -> None:
    """Mail that belongs to no case."""


@mail.command("list")
@JSON
@click.pass_context
def mail_list(ctx: click.Context, as_json: bool) -> None:
    """What was set aside, each with its reason; the newest first."""
    print_list(ctx, as_json, views.aside_list)


@mail.command("link")
@click.argument("message_id", metavar="MESSAGE", type=int)
@click.argument("number")
@AS
@click.pass_context
def mail_link(ctx: click.Context, message_id: int, number: str, user: str) -> None:
    """The mail belongs to this case."""
    with act(wired(ctx), user, "link") as h:
        link(h, message_id, number)


@mail.command("reread")
@AS
@click.pass_context
def mail_reread(ctx: click.Context, user: str) -> None:
    """Read all unreadable mails again, as a newer version does by itself at its start."""
    w = wired(ctx)
    with act(w, user, "task"):
        pass  # the right; each mail is a transaction of its own
    found = Rereading(w, f"user:{user}").all()
    click.echo(f"{found} mails can be read now")
