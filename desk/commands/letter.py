"""amends letter, amends outbox"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cases.errors import BadInput
from desk.command import AS, JSON, WHY, print_list, to_json, wired
from desk.show import case_text
from service import posting
from service.people import act
from service.wiring import Happening
from service.writing import Written, write_letter
from storage import views


@click.command()
@click.argument("number")
@click.option("--template", required=True)
@click.option("--facts", type=click.Path(path_type=Path), help="JSON file with the letter's facts.")
@click.option("--send", is_flag=True, help="Freeze and queue it; else it is only shown.")
@AS
@JSON
@click.pass_context
def letter(
    ctx: click.Context,
    number: str,
    template: str,
    facts: Path | None,
    send: bool,
    user: str,
    as_json: bool,
) -> None:
    """Write a letter to the case's contact."""
    given = read_facts(facts) if facts else {}
    written = write_letter(wired(ctx), number, template, given, user, send=send)
    if as_json:
        click.echo(to_json(_view(written)))
    else:
        click.echo(f"Subject: {written.subject}\n\n{written.words.text}")
        click.echo("queued" if send else "not sent: add --send", err=True)


def _view(written: Written) -> dict[str, Any]:
    return {
        "case": written.case,
        # As text, as everywhere in JSON: JavaScript would round it.
        "letter": None if written.letter_id is None else str(written.letter_id),
        "sent": written.letter_id is not None,
        "language": written.words.language,
        "subject": written.subject,
        "text": written.words.text,
        "html": written.words.html,
    }


def read_facts(path: Path) -> dict[str, Any]:
    """The facts of a letter, from a JSON file. BadInput names what is wrong with it."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}", mend="see docs/letters.md") from error
    if not isinstance(facts, dict):
        raise BadInput(f"{path} holds no JSON object", mend='write it as {"results": "..."}')
    return facts


@click.group()
def outbox() -> None:
    """Letters and their deliveries."""


@outbox.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are done too.")
@JSON
@click.pass_context
def outbox_list(ctx: click.Context, every: bool, as_json: bool) -> None:
    """Letters, the newest first."""
    print_list(ctx, as_json, lambda c: views.outbox_list(c, only_waiting=not every))


@outbox.command("show")
@click.argument("letter_id", metavar="LETTER", type=int)
@JSON
@click.pass_context
def outbox_show(ctx: click.Context, letter_id: int, as_json: bool) -> None:
    """One letter with its words and its deliveries."""
    with wired(ctx).db.read() as connection:
        shown = views.letter_show(connection, letter_id)
    click.echo(to_json(shown) if as_json else case_text(shown))


def _outbox_act(name: str, told: str, do: Callable[[Happening, int, str], None]) -> None:
    @outbox.command(name, help=told)
    @click.argument("letter_id", metavar="LETTER", type=int)
    @WHY
    @AS
    @click.pass_context
    def command(ctx: click.Context, letter_id: int, why: str, user: str) -> None:
        with act(wired(ctx), user, "outbox") as h:
            do(h, letter_id, why)


for _name, _told, _do in (
    ("hold", "Keep a letter back until it is released.", posting.hold),
    ("release", "Let a held letter go its way.", posting.release),
    ("undo", "Take a letter back before it leaves.", posting.undo),
    ("resend", "Send the same bytes once more.", posting.resend),
):
    _outbox_act(_name, _told, _do)
