"""amends serve"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from desk.command import wired
from desk.web.server import open_desk
from service.daemon import Daemon, serve_once

_UNREACHED: Final = 75  # sysexits EX_TEMPFAIL


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="The configuration file, as before the command.",
)
@click.option("--once", is_flag=True, help="One pass over mailboxes, clocks and outbox, then exit.")
@click.pass_context
def serve(ctx: click.Context, config_file: Path | None, once: bool) -> None:
    """Watch the mailboxes, register, acknowledge, deliver."""
    w = wired(ctx, config_file, check_letters=True)
    if not once:
        with open_desk(w):
            Daemon(w).run(ready=lambda: click.echo("ready"))
        return
    faults = serve_once(w)
    for fault in faults:
        click.echo(f"amends: {fault}", err=True)
    if faults:
        # What must be mended goes before what may heal by itself.
        ctx.exit(next((f.exit_code for f in faults if f.exit_code != _UNREACHED), _UNREACHED))
