"""amends letter, amends outbox"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from cases.errors import BadInput
from desk.command import AS, JSON, WHY, print_list, to_json, wired
from desk.show import case_text
from mailer.compose import Attachment
from mailer.sendable import sendable
from service import posting
from service.old_mail import release_all
from service.people import act
from service.wiring import Happening
from service.writing import Written, write_letter
from storage import stops, views


@click.command()
@click.argument("number")
@click.option("--template", required=True)
@click.option("--facts", type=click.Path(path_type=Path), help="JSON file with the letter's facts.")
@click.option("--attach", type=click.Path(path_type=Path), multiple=True, help="A file to send.")
@click.option("--language", default="", help="As the customer's if left out.")
@click.option("--send", is_flag=True, help="Freeze and queue it; else it is only shown.")
@click.option(
    "--at", metavar="ISO", help="When it leaves, as 2026-03-02T09:00 in the company's time zone."
)
@AS
@JSON
@click.pass_context
def letter(
    ctx: click.Context,
    number: str,
    template: str,
    facts: Path | None,
    attach: tuple[Path, ...],
    language: str,
    send: bool,
    at: str | None,
    user: str,
    as_json: bool,
) -> None:
    """Write a letter to the case's contact."""
    given = read_facts(facts) if facts else {}
    w = wired(ctx)
    files = tuple(map(read_file, attach))
    sendable(files, limit=w.settings.desk.max_attachment_mb * 1024 * 1024)
    written = write_letter(
        w,
        number,
        template,
        given,
        user,
        send=send,
        language=language,
        attachments=files,
        leaves_at=_moment(at, w.timezone) if at else None,
    )
    if as_json:
        click.echo(to_json(_view(written)))
    else:
        click.echo(f"Subject: {written.subject}\n\n{written.words.text}")
        click.echo("queued" if send else "not sent: add --send", err=True)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no moment", mend="--at 2026-03-02T09:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


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


def read_file(path: Path) -> Attachment:
    """A file as it is sent. BadInput: it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    kind, _ = mimetypes.guess_type(path.name)
    return Attachment(path.name, kind or "application/octet-stream", data)


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
    with wired(ctx).db.read() as connection:
        stop = stops.current(connection)
    if stop is not None:
        since = f"{stop.stopped_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"stopped by {stop.stopped_by} since {since}: {stop.why}", err=True)


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
    ("undo", "Take a letter back before it leaves.", posting.undo),
    ("resend", "Send the same bytes once more.", posting.resend),
):
    _outbox_act(_name, _told, _do)


@outbox.command("release")
@click.argument("letter_id", metavar="LETTER", type=int, required=False)
@click.option("--all-of", "mailbox", help="Those held because much old mail of it looked new.")
@WHY
@AS
@click.pass_context
def outbox_release(
    ctx: click.Context, letter_id: int | None, mailbox: str | None, why: str, user: str
) -> None:
    """Let a held letter go its way, or all that the breaker of a mailbox holds."""
    if (letter_id is None) == (mailbox is None):
        raise click.UsageError("name a letter, or a mailbox with --all-of")
    w = wired(ctx)
    if mailbox is not None:
        click.echo(f"{release_all(w, mailbox, user, why)} letters go their way")
        return
    with act(w, user, "outbox") as h:
        posting.release(h, letter_id or 0, why)


def _brake(name: str, told: str, do: Callable[[Happening, str], None]) -> None:
    @outbox.command(name, help=told)
    @WHY
    @AS
    @click.pass_context
    def command(ctx: click.Context, why: str, user: str) -> None:
        with act(wired(ctx), user, "outbox") as h:
            do(h, why)


_brake("stop", "The global brake: nothing leaves until it is started again.", posting.stop_all)
_brake("start", "Let letters leave again.", posting.start_all)
