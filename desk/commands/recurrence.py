"""amends case recurrences, link-recurrence, dismiss-recurrence"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from desk.command import AS, JSON, print_list, wired
from service import recurrences
from service.people import act
from service.wiring import Happening
from storage import casefile
from storage.recurrences import shown

_WHY = click.option("--why", default="", help="The reason, if there is something to say.")


@click.command("recurrences")
@click.argument("number")
@JSON
@click.pass_context
def _list(ctx: click.Context, number: str, as_json: bool) -> None:
    """Cases that may be the same problem, before or after this one, and why."""
    print_list(ctx, as_json, lambda c: shown(c, casefile.by_number(c, number).id))


@click.command("link-recurrence")
@click.argument("number")
@click.argument("other")
@_WHY
@AS
@click.pass_context
def _link(ctx: click.Context, number: str, other: str, why: str, user: str) -> None:
    """The two cases are the same problem, hinted at or not."""
    _decide(ctx, user, lambda h: recurrences.link_recurrence(h, number, other, why))


@click.command("dismiss-recurrence")
@click.argument("number")
@click.argument("other")
@_WHY
@AS
@click.pass_context
def _dismiss(ctx: click.Context, number: str, other: str, why: str, user: str) -> None:
    """The two cases are not the same problem."""
    _decide(ctx, user, lambda h: recurrences.dismiss_recurrence(h, number, other, why))


def _decide(ctx: click.Context, user: str, decided: Callable[[Happening], None]) -> None:
    with act(wired(ctx), user, "recurrence") as h:
        decided(h)


recurrence_commands: Final = (_list, _link, _dismiss)
