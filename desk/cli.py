"""`amends`: what a manager does in the desk, by command; same functions, same history."""

from __future__ import annotations

from pathlib import Path

import click

from desk.command import Amends
from desk.commands.answer import answer
from desk.commands.case import case, decide, show_history
from desk.commands.clock import clock
from desk.commands.customers import customers
from desk.commands.doctor import doctor
from desk.commands.due import due
from desk.commands.init import init
from desk.commands.letter import letter, outbox
from desk.commands.log_in import log_in
from desk.commands.mail import mail
from desk.commands.measure import measure
from desk.commands.parse import parse
from desk.commands.recurrence import recurrence_commands
from desk.commands.replay import show_replay
from desk.commands.serve import serve
from desk.commands.task import task
from desk.commands.terms import terms
from desk.commands.user import user
from storage.database import head


@click.group(cls=Amends)
@click.version_option(message=f"amends %(version)s, schema {head()}", package_name="amends")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    envvar="AMENDS_CONFIG",
    default=Path("amends.toml"),
    show_default=True,
    help="The configuration file (or AMENDS_CONFIG).",
)
@click.pass_context
def main(ctx: click.Context, config_file: Path) -> None:
    """A shop's complaints mailbox becomes a complaints desk."""
    ctx.obj = config_file


for _command in (
    init,
    doctor,
    log_in,
    serve,
    case,
    clock,
    task,
    decide,
    letter,
    outbox,
    mail,
    measure,
    show_history,
    user,
    parse,
    answer,
    show_replay,
    due,
    customers,
    terms,
):
    main.add_command(_command)
for _command in recurrence_commands:
    case.add_command(_command)


if __name__ == "__main__":
    main()
