"""amends doctor"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from desk.command import JSON, to_json
from service.doctor import Doctor, Line, configured, worst
from service.wiring import Chance, real_now


@click.command()
@click.option("--send", is_flag=True, help="Also send each own mailbox a mail, and wait for it.")
@JSON
@click.pass_context
def doctor(ctx: click.Context, send: bool, as_json: bool) -> None:
    """Try every external thing and name each fault with its mend."""
    path: Path = ctx.find_root().obj
    found = configured(path, os.environ)
    lines: list[Line] = found if isinstance(found, list) else []
    if not isinstance(found, list):
        lines = [Line("configuration", f"{path} is well, and every password is there")]
        _show(lines, as_json)
        for line in Doctor(*found, real_now, Chance()).examine(send=send):
            lines.append(line)
            _show([line], as_json)
    else:
        _show(lines, as_json)
    if as_json:
        click.echo(to_json([asdict(line) | {"ok": not line.exit_code} for line in lines]))
    ctx.exit(worst(lines))


def _show(lines: list[Line], as_json: bool) -> None:
    """At once: a server that does not answer takes its time."""
    if not as_json:
        for line in lines:
            click.echo(str(line))
