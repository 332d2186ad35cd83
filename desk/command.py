"""What all commands share: faults in one line, the wiring, and the two ways of printing."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cases.errors import AmendsError, BadInput
from config.errors import ConfigError
from config.load import load
from config.secrets import secrets_of
from desk.show import table
from service import wiring
from service.wiring import Wiring
from storage.database import Connection

AS = click.option("--as", "user", required=True, metavar="USER", help="Who acts.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
WHY = click.option("--why", required=True, help="The reason, for the record.")


class Amends(click.Group):
    """Turns every fault that we name into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a fault is told on standard error."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except AmendsError as error:
            click.echo(f"amends: {error}", err=True)
            ctx.exit(error.exit_code)


def wired(
    ctx: click.Context, config_file: Path | None = None, *, check_letters: bool = False
) -> Wiring:
    """The service as configured; it is closed with the command."""
    path: Path = config_file or ctx.find_root().obj
    settings = load(path, os.environ)
    logging.basicConfig(
        level=settings.log.level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    w = wiring.wire(settings, secrets_of(settings, os.environ), check_letters=check_letters)
    ctx.call_on_close(w.db.close)
    ctx.call_on_close(w.reader.close)
    return w


def print_list(
    ctx: click.Context,
    as_json: bool,
    rows: Callable[[Connection], Sequence[Mapping[str, Any]]],
) -> None:
    """Print rows as JSON or as a table."""
    with wired(ctx).db.read() as connection:
        found = rows(connection)
    click.echo(to_json(found) if as_json else table(found))


def to_json(value: object) -> str:
    """JSON for people and programs: readable, and no character hidden behind an escape."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def pair(field: str) -> tuple[str, str]:
    """Split FIELD=VALUE."""
    name, equals, value = field.partition("=")
    if not equals:
        raise BadInput(f"{field!r} is not FIELD=VALUE", mend="write it as in part_name=21154")
    return name, value
