"""amends user"""

from __future__ import annotations

import sys

import click

from desk.command import JSON, print_list, wired
from desk.commands.away import absence_list, away, back
from service import log_in, people
from storage import views


@click.group()
def user() -> None:
    """People of the company."""


@user.command("add")
@click.argument("name")
@click.option("--full-name", required=True, help="As letters are signed.")
@click.option("--email", required=True)
@click.option("--phone", default="")
@click.option("--title", default="", help="Under the name, as in Quality Manager.")
@click.option("--signature", default="", help="Further lines under letters (Markdown).")
@click.option("--role", type=click.Choice(people.ROLES), default="manager", show_default=True)
@click.option("--password", is_flag=True, help="Ask for a password for the desk.")
@click.pass_context
def user_add(
    ctx: click.Context,
    name: str,
    full_name: str,
    email: str,
    phone: str,
    title: str,
    signature: str,
    role: str,
    password: bool,
) -> None:
    """Add a user. Letters are signed with name, title, phone and signature (R-34)."""
    w = wired(ctx)
    chosen = _ask_password() if password else ""
    if password:
        log_in.check_password(chosen)  # before there is a user without one
    people.add_user(
        w,
        name,
        full_name=full_name,
        email=email,
        phone=phone,
        role=role,
        title=title,
        signature=signature,
    )
    if chosen:
        log_in.set_password(w, name, chosen)


@user.command("password")
@click.argument("name")
@click.pass_context
def user_password(ctx: click.Context, name: str) -> None:
    """Give a user a password for the desk; it is asked for, never taken from the command line."""
    log_in.set_password(wired(ctx), name, _ask_password())


@user.command("set")
@click.argument("name")
@click.option("--role", type=click.Choice(people.ROLES))
@click.option("--enable/--disable", "enabled", default=None, help="May come in, or not.")
@click.pass_context
def user_set(ctx: click.Context, name: str, role: str | None, enabled: bool | None) -> None:
    """Change what a user may do; all sessions of that user end."""
    log_in.set_access(wired(ctx), name, role=role, enabled=enabled)


@user.command("list")
@JSON
@click.pass_context
def user_list(ctx: click.Context, as_json: bool) -> None:
    """Everybody, by name."""
    print_list(ctx, as_json, views.user_list)


for _command in (away, back, absence_list):
    user.add_command(_command)


def _ask_password() -> str:
    """From the terminal without an echo, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
