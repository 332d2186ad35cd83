"""amends terms"""

from __future__ import annotations

from typing import Any

import click

from desk.command import AS, JSON, WHY, to_json, wired
from desk.show import table
from service import agreeing
from service.agreed import listed, superseded
from service.agreeing import Party, party
from service.wiring import Wiring

_CUSTOMER = click.option("--customer", default="", metavar="CODE", help="Of this customer.")
_CASE = click.option("--case", "case", default="", metavar="NUMBER", help="Of this case only.")


@click.group()
def terms() -> None:
    """What was agreed with a customer, or for one case (R-11)."""


@terms.command("list")
@_CUSTOMER
@_CASE
@click.option("--history", is_flag=True, help="What was agreed and holds no more.")
@JSON
@click.pass_context
def terms_list(ctx: click.Context, customer: str, case: str, history: bool, as_json: bool) -> None:
    """Every term: its value, from which layer it comes, since when, by whom and why."""
    w = wired(ctx)
    with w.db.read() as connection:
        # Without a customer or a case: what holds for those who agreed upon nothing.
        given = customer or case or history
        of = party(connection, customer, case) if given else Party()
        found: list[dict[str, Any]] = (
            superseded(connection, of) if history else listed(w, connection, of)
        )
    if not as_json:
        found = [{name: one[name] for name in one if name not in ("rule", "says")} for one in found]
    click.echo(to_json(found) if as_json else table(found))


@terms.command("set")
@click.argument("name")
@click.argument("value")
@_CUSTOMER
@_CASE
@WHY
@AS
@click.pass_context
def terms_set(
    ctx: click.Context, name: str, value: str, customer: str, case: str, why: str, user: str
) -> None:
    """Agree upon a term; the open clocks that it concerns are reckoned anew."""
    w = wired(ctx)
    _say(agreeing.agree(w, user, _party(w, customer, case), name, value, why))


@terms.command("unset")
@click.argument("name")
@_CUSTOMER
@_CASE
@WHY
@AS
@click.pass_context
def terms_unset(
    ctx: click.Context, name: str, customer: str, case: str, why: str, user: str
) -> None:
    """Take a term back: what the customer, the company or the rule says holds again."""
    w = wired(ctx)
    _say(agreeing.take_back(w, user, _party(w, customer, case), name, why))


def _party(w: Wiring, customer: str, case: str) -> Party:
    with w.db.read() as connection:
        return party(connection, customer, case)


def _say(moved: int) -> None:
    click.echo(f"clocks were reckoned anew in {moved} case{'' if moved == 1 else 's'}")
