"""amends customers"""

from __future__ import annotations

import os
from pathlib import Path

import click

from cases.errors import BadInput, NotFound
from desk.command import AS, JSON, to_json, wired
from desk.show import table
from service.customer_export import export_customers
from service.customer_import import import_customers
from storage.customers import customer_list


@click.group()
def customers() -> None:
    """Customers with their contacts (R-33)."""


@customers.command("list")
@JSON
@click.pass_context
def customers_list(ctx: click.Context, as_json: bool) -> None:
    """All customers; one without a code is provisional."""
    with wired(ctx).db.read() as connection:
        found = customer_list(connection)
    if as_json:
        click.echo(to_json(found))
        return
    rows = [
        {
            "code": one["code"],
            "name": one["name"],
            "state": "confirmed" if one["confirmed"] else "provisional",
            "contact": person.get("address"),
            "contact_name": person.get("name"),
            "language": person.get("language"),
        }
        for one in found
        for person in one["contacts"] or [{}]
    ]
    click.echo(table(rows))


@customers.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@AS
@JSON
@click.pass_context
def customers_import(
    ctx: click.Context, file: Path, dry_run: bool, user: str, as_json: bool
) -> None:
    """Import customers with contacts and terms from a CSV or XLSX file."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error
    done = import_customers(wired(ctx), data, user, dry_run=dry_run)
    for notice in done.notices:
        click.echo(f"amends: {notice}", err=True)
    if as_json:
        click.echo(to_json({"dry_run": dry_run, **done.view()}))
        return
    told = {name: value for name, value in done.view().items() if name != "notices"}
    words = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in told.items())
    click.echo(f"{words}{'; nothing was written' if dry_run else ''}")


@customers.command("export")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def customers_export(ctx: click.Context, out: Path) -> None:
    """Write all confirmed customers into a file that can be imported again."""
    w = wired(ctx)
    with w.db.read() as connection:
        data = export_customers(connection, out.suffix)
    try:
        with out.open("xb") as file:  # never over a file that is there
            os.chmod(file.fileno(), 0o600)
            file.write(data)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written: {error.strerror}", mend="name another file"
        ) from error
    click.echo(f"written: {out}")
