"""amends case, amends decide, amends history"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from desk.command import AS, JSON, WHY, pair, print_list, to_json, wired
from desk.show import case_text, table
from service import deciding, editing, sorting
from service.oral import Call, register_call
from service.own_system import checked_off
from service.people import act
from service.staging import case_view
from service.wiring import Wiring
from storage import casefile, counted, history, seals, views

_TAMPERED: Final = 76


@click.group()
def case() -> None:
    """List, show, change and assign cases."""


@case.command("list")
@click.option("--all", "every", is_flag=True, help="Closed ones too.")
@click.option("--manager", help="Only the cases of this user.")
@click.option("--counts", is_flag=True, help="The figures of each customer and year instead.")
@JSON
@click.pass_context
def case_list(
    ctx: click.Context, every: bool, manager: str | None, counts: bool, as_json: bool
) -> None:
    """Cases, the newest first."""
    if counts:
        zone = wired(ctx).timezone
        print_list(ctx, as_json, lambda c: counted.counts(c, zone))
        return
    print_list(ctx, as_json, lambda c: views.case_list(c, only_open=not every, manager=manager))


@case.command("show")
@click.argument("number")
@JSON
@click.pass_context
def case_show(ctx: click.Context, number: str, as_json: bool) -> None:
    """One case with everything that hangs on it."""
    with wired(ctx).db.read() as connection:
        shown = case_view(connection, casefile.by_number(connection, number))
    click.echo(to_json(shown) if as_json else case_text(shown))


@case.command("set")
@click.argument("number")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--line", type=click.IntRange(min=1), help="Set fields of this line of the case.")
@click.option("--why", default="", help="The reason; needed to re-open a case.")
@AS
@JSON
@click.pass_context
def case_set(
    ctx: click.Context,
    number: str,
    fields: tuple[str, ...],
    line: int | None,
    why: str,
    user: str,
    as_json: bool,
) -> None:
    """Set fields; FIELD= empties one. Setting a line confirms it (R-27). state=analysis,
    state=in_progress take that step."""
    w = wired(ctx)
    with act(w, user, "set") as h:
        editing.set_case(h, number, dict(pair(field) for field in fields), line=line, why=why)
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
    with act(w, user, "assign") as h:
        editing.assign(h, number, to)
    _print_case(w, number, as_json)


@case.command("new")
@click.option("--contact", "address", required=True, help="The customer's address.")
@click.option("--name", default="", help="Who called.")
@click.option("--subject", required=True)
@click.option("--text", required=True, help="What was said.")
@click.option("--received", type=click.DateTime(), help="When, in the company's time zone.")
@click.option("--language", default="", help="Of the letters; as known if left out.")
@click.option("--mailbox", default="", help="The mailbox whose series and sender it gets.")
@click.option("--no-goods", metavar="WHY", default="", help="Why no goods are concerned (R-2).")
@AS
@click.pass_context
def case_new(
    ctx: click.Context,
    address: str,
    name: str,
    subject: str,
    text: str,
    received: datetime | None,
    language: str,
    mailbox: str,
    no_goods: str,
    user: str,
) -> None:
    """Register a complaint that came by phone (R-31); it is acknowledged like a mail."""
    w = wired(ctx)
    at = received.replace(tzinfo=w.timezone) if received else w.now()
    with act(w, user, "new") as h:
        call = Call(mailbox, address, name, subject, text, at, language, no_goods)
        number = register_call(h, call)
    click.echo(number)


@case.command("merge")
@click.argument("number")
@click.argument("into", metavar="[NUMBER]", default="")
@click.option("--undo", is_flag=True, help="Undo the merge of the case.")
@WHY
@AS
@click.pass_context
def case_merge(ctx: click.Context, number: str, into: str, undo: bool, why: str, user: str) -> None:
    """Go on in another case, which keeps the earliest start of every clock (R-7)."""
    with act(wired(ctx), user, "merge") as h:
        if undo:
            sorting.unmerge(h, number, why)
        else:
            sorting.merge(h, number, into, why)


@case.command("split")
@click.argument("message_id", metavar="MESSAGE", type=int)
@AS
@click.pass_context
def case_split(ctx: click.Context, message_id: int, user: str) -> None:
    """A mail is a complaint of its own: a new case. `case show` and `mail list` show the ids."""
    with act(wired(ctx), user, "split") as h:
        number = sorting.split(h, message_id)
    click.echo(number)


@case.command("dismiss")
@click.argument("number")
@WHY
@AS
@click.pass_context
def case_dismiss(ctx: click.Context, number: str, why: str, user: str) -> None:
    """End a case that is no complaint."""
    with act(wired(ctx), user, "dismiss") as h:
        sorting.dismiss(h, number, why)


@case.command("register-for")
@click.argument("number")
@click.argument("address")
@AS
@click.pass_context
def case_register_for(ctx: click.Context, number: str, address: str, user: str) -> None:
    """The case is this customer's, whoever sent the mail (R-31)."""
    with act(wired(ctx), user, "register_for") as h:
        sorting.register_for(h, number, address)


@case.command("checked-off")
@click.argument("number")
@click.option("--reference", default="", help="The number that it has there.")
@AS
@JSON
@click.pass_context
def case_checked_off(
    ctx: click.Context, number: str, reference: str, user: str, as_json: bool
) -> None:
    """The case is entered on the customer's own system (R-11)."""
    w = wired(ctx)
    with act(w, user, "set") as h:
        checked_off(h, number, reference)
    _print_case(w, number, as_json)


@click.command()
@click.argument("number")
@click.argument("decision", type=click.Choice(deciding.DECISIONS))
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
    with act(w, user, "decide") as h:
        state = deciding.decide(h, number, deciding.Decision(decision, why, option))
    if not as_json:
        click.echo(f"{number} is {state}")
    _print_case(w, number, as_json)


def _verify_all(ctx: click.Context, as_json: bool) -> None:
    with wired(ctx).db.read() as connection:
        every = casefile.numbers(connection)
        found = [
            f"{number}: {fault}"
            for number, case_id in every.items()
            for fault in history.faults(connection, case_id)
        ]
        days = seals.days(connection)
        found += seals.faults(connection)
    if as_json:
        told = {"cases": len(every), "seals": days, "whole": not found, "faults": found}
        click.echo(to_json(told))
    else:
        click.echo("\n".join(found) or f"{len(every)} cases and {days} daily seals: whole")
    if found:
        ctx.exit(_TAMPERED)


def _print_case(w: Wiring, number: str, as_json: bool) -> None:
    """What an act left behind, for programs; people see it with `case show`."""
    if as_json:
        with w.db.read() as connection:
            shown = case_view(connection, casefile.by_number(connection, number))
        click.echo(to_json(shown))


@click.command("history")
@click.argument("number", required=False)
@click.option("--verify", is_flag=True, help="Check the chain, and the tables against it.")
@JSON
@click.pass_context
def show_history(ctx: click.Context, number: str | None, verify: bool, as_json: bool) -> None:
    """Everything that happened to a case; or check all cases and the daily seals."""
    if number is None:
        if not verify:
            raise click.UsageError("name a case, or check them all with --verify")
        _verify_all(ctx, as_json)
        return
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
