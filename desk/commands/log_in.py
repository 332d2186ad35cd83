"""amends log-in"""

from __future__ import annotations

import os
from pathlib import Path

import click

from config.load import load
from config.secrets import secrets_of
from service.tokens.consent import begin, try_out
from service.tokens.microsoft import DeviceCode
from service.wiring import Chance


@click.command("log-in")
@click.argument("mailbox")
@click.pass_context
def log_in(ctx: click.Context, mailbox: str) -> None:
    """Let a person consent that the service uses MAILBOX (or smtp, or alarm)."""
    path: Path = ctx.find_root().obj
    settings = load(path, os.environ)
    secrets = secrets_of(settings, os.environ)
    consent = begin(settings, secrets, mailbox, Chance().token)
    if isinstance(consent, DeviceCode):
        click.echo(consent.message)
        consent.wait()
    else:
        click.echo("Open this address with any browser, as the user of the mailbox, and agree:")
        click.echo(f"\n{consent.url}\n")
        click.echo(
            "The browser ends at a page that does not load. That is right: copy the whole "
            "address of that page."
        )
        consent.finish(str(click.prompt("The address")))
    try_out(settings, secrets, mailbox)
    click.echo("the consent is kept, and gives tokens; next: amends doctor")
