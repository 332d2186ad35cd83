"""amends serve"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import click

from config.values import first_start
from desk.command import wired
from desk.web.server import open_desk
from service.beginning import undecided_mailboxes
from service.daemon import Daemon, serve_once
from service.first_start import chosen
from service.roles import ROLES
from service.wiring import Wiring

_HOW: Final = "now, since:YYYY-MM-DD or all"
_UNREACHED: Final = 75  # sysexits EX_TEMPFAIL


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="The configuration file, as before the command.",
)
@click.option(
    "--from",
    "choice",
    metavar="now|since:DATE|all",
    help="Which mails a mailbox begins with that is not empty at its very first start.",
)
@click.option(
    "--confirm-old",
    is_flag=True,
    help="At the very first start, acknowledge mails older than 24 hours too.",
)
@click.option(
    "--role",
    "named",
    metavar="NAME[,NAME ...]",
    default=",".join(sorted(ROLES)),
    show_default=True,
    help="What this node does of the work of the installation (PostgreSQL).",
)
@click.option("--once", is_flag=True, help="One pass over mailboxes, clocks and outbox, then exit.")
@click.pass_context
def serve(
    ctx: click.Context,
    config_file: Path | None,
    choice: str | None,
    confirm_old: bool,
    named: str,
    once: bool,
) -> None:
    """Watch the mailboxes, register, acknowledge, deliver."""
    roles = _roles(named)
    w = wired(ctx, config_file, check_letters=True)
    w = _begin(w, choice, confirm_old)
    if not once:
        with open_desk(w) if "desk" in roles else nullcontext():
            Daemon(w, roles).run(ready=lambda: click.echo("ready"))
        return
    faults = serve_once(w)
    for fault in faults:
        click.echo(f"amends: {fault}", err=True)
    if faults:
        # What must be mended goes before what may heal by itself.
        ctx.exit(next((f.exit_code for f in faults if f.exit_code != _UNREACHED), _UNREACHED))


def _roles(named: str) -> frozenset[str]:
    roles = frozenset(one.strip() for one in named.split(",") if one.strip())
    if not roles or roles - ROLES:
        wanted = ", ".join(sorted(ROLES))
        raise click.BadParameter(f"name some of {wanted}", param_hint="--role")
    return roles


def _begin(w: Wiring, choice: str | None, confirm_old: bool) -> Wiring:
    """The very first start on a mailbox that is not empty is told, or asked for on a terminal."""
    if choice is not None:
        choice = _checked(choice)
    w = chosen(w, choice or "", acknowledge_old=confirm_old)
    for question in undecided_mailboxes(w):
        if not sys.stdin.isatty():
            raise question
        click.echo(question.what, err=True)
        answer = click.prompt(f"Begin with which mails: {_HOW}", value_proc=_checked, err=True)
        return chosen(w, answer, acknowledge_old=confirm_old)
    return w


def _checked(choice: str) -> str:
    try:
        if choice:
            return first_start(choice)
    except ValueError:
        pass
    raise click.BadParameter(f"write {_HOW}", param_hint="--from")
