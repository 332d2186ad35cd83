"""amends case, amends decide, amends history"""

from __future__ import annotations

from typing import Final

import click

from desk.command import AS, JSON, WHY, pair, print_list, to_json, wired
from desk.show import case_text, table
from service import acting
from service.wiring import Wiring
from storage import casefile, history, views

_TAMPERED: Final = 76


@click.group()
def case() -> None:
    """List, show, change and assign cases."""


@case.command("list")
@click.option("--all", "every", is_flag=True, help="Closed ones too.")
@click.option("--manager", help="Only the cases of this user.")
@JSON
@click.pass_context
def case_list(ctx: click.Context, every: bool, manager: str | None, as_json: bool) -> None:
    """Cases, the newest first."""
    print_list(ctx, as_json, lambda c: views.case_list(c, only_open=not every, manager=manager))


@case.command("show")
@click.argument("number")
@JSON
@click.pass_context
def case_show(ctx: click.Context, number: str, as_json: bool) -> None:
    """One case with everything that hangs on it."""
    with wired(ctx).db.read() as connection:
        shown = views.case_show(connection, casefile.by_number(connection, number))
    click.echo(to_json(shown) if as_json else case_text(shown))


@case.command("set")
@click.argument("number")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--line", type=click.IntRange(min=1), help="Set fields of this line of the case.")
@AS
@JSON
@click.pass_context
def case_set(
    ctx: click.Context,
    number: str,
    fields: tuple[str, ...],
    line: int | None,
    user: str,
    as_json: bool,
) -> None:
    """Set fields; FIELD= empties one. Setting a line confirms it (R-27). state=analysis,
    state=in_progress take that step."""
    w = wired(ctx)
    acting.set_case(w, number, dict(pair(field) for field in fields), user, line=line)
    _print_case(w, number, as_json)


@case.command("assign")
@click.argument("number")
@click.argument("to", metavar="USER")
@AS
@JSON
@click.pass_context
def case_assign(ctx: click.Context, number: str, to: str, user: str, as_json: bool) -> None:
    """Make somebody the case's manager."""
    w = wired(ctx)
    acting.assign(w, number, to, user)
    _print_case(w, number, as_json)


@click.command()
@click.argument("number")
@click.argument("decision", type=click.Choice(acting.DECISIONS))
@click.option("--option", help="Which option was chosen.")
@WHY
@AS
@JSON
@click.pass_context
def decide(
    ctx: click.Context,
    number: str,
    decision: str,
    option: str | None,
    why: str,
    user: str,
    as_json: bool,
) -> None:
    """Enter what the customer decided."""
    w = wired(ctx)
    state = acting.decide(w, number, acting.Decision(decision, why, option), user)
    if not as_json:
        click.echo(f"{number} is {state}")
    _print_case(w, number, as_json)


def _print_case(w: Wiring, number: str, as_json: bool) -> None:
    """What an act left behind, for programs; people see it with `case show`."""
    if as_json:
        with w.db.read() as connection:
            shown = views.case_show(connection, casefile.by_number(connection, number))
        click.echo(to_json(shown))


@click.command("history")
@click.argument("number")
@click.option("--verify", is_flag=True, help="Check the chain, and the tables against it.")
@JSON
@click.pass_context
def show_history(ctx: click.Context, number: str, verify: bool, as_json: bool) -> None:
    """Everything that happened to a case."""
    with wired(ctx).db.read() as connection:
        found = casefile.by_number(connection, number)
        steps = history.steps(connection, found.id)
        faults = history.faults(connection, found.id) if verify else ()
    if as_json:
        told = {"case": found.number, "history": [step.view() for step in steps]}
        verdict = {"whole": not faults, "faults": list(faults)} if verify else {}
        click.echo(to_json(told | verdict))
    else:
        columns = ("seq", "at", "kind", "actor", "cause")
        click.echo(table([{name: step.view()[name] for name in columns} for step in steps]))
        if verify:
            click.echo("\n".join(faults) or f"{found.number}: whole, and equal to the tables")
    if faults:
        ctx.exit(_TAMPERED)
