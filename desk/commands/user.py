"""amends user"""

from __future__ import annotations

import click

from desk.command import wired
from service import people


@click.group()
def user() -> None:
    """People of the company."""


@user.command("add")
@click.argument("name")
@click.option("--full-name", required=True, help="As letters are signed.")
@click.option("--email", required=True)
@click.option("--phone", default="")
@click.option("--role", type=click.Choice(people.ROLES), default="manager", show_default=True)
@click.pass_context
def user_add(
    ctx: click.Context, name: str, full_name: str, email: str, phone: str, role: str
) -> None:
    """Add a user."""
    people.add_user(wired(ctx), name, full_name=full_name, email=email, phone=phone, role=role)
