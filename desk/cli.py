"""`amends`: what a manager does in the desk, by command; same functions, same history."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cases.errors import AmendsError, BadInput
from config.errors import ConfigError
from config.load import load
from config.secrets import secrets_of
from desk.show import case_text, table
from service import acting, people, wiring, writing
from service.daemon import Daemon, serve_once
from service.wiring import Wiring
from storage import casefile, history, views
from storage.database import head

_AS = click.option("--as", "user", required=True, metavar="USER", help="Who acts.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_UNREACHED = 75  # sysexits EX_TEMPFAIL


class _Amends(click.Group):
    """Turns every fault that we name into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except AmendsError as error:
            click.echo(f"amends: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Amends)
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


def _wired(ctx: click.Context, config_file: Path | None = None) -> Wiring:
    path: Path = config_file or ctx.find_root().obj
    settings = load(path, os.environ)
    logging.basicConfig(
        level=settings.log.level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    w = wiring.wire(settings, secrets_of(settings, os.environ))
    ctx.call_on_close(w.db.close)
    return w


@main.command()
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="As before.")
@click.option("--once", is_flag=True, help="One pass over mailboxes, clocks and outbox, then exit.")
@click.pass_context
def serve(ctx: click.Context, config_file: Path | None, once: bool) -> None:
    """Watch the mailboxes, register, acknowledge, deliver."""
    w = _wired(ctx, config_file)
    if not once:
        Daemon(w).run(ready=lambda: click.echo("ready"))
        return
    faults = serve_once(w)
    for fault in faults:
        click.echo(f"amends: {fault}", err=True)
    if faults:
        ctx.exit(_UNREACHED)


@main.group()
def case() -> None:
    """List, show, change and assign cases."""


@case.command("list")
@click.option("--all", "every", is_flag=True, help="Closed ones too.")
@click.option("--manager", help="Only the cases of this user.")
@_JSON
@click.pass_context
def case_list(ctx: click.Context, every: bool, manager: str | None, as_json: bool) -> None:
    """Cases, the newest first."""
    _list(ctx, as_json, lambda c: views.case_list(c, only_open=not every, manager=manager))


@case.command("show")
@click.argument("number")
@_JSON
@click.pass_context
def case_show(ctx: click.Context, number: str, as_json: bool) -> None:
    """One case with everything that hangs on it."""
    with _wired(ctx).db.read() as connection:
        shown = views.case_show(connection, casefile.by_number(connection, number))
    click.echo(_json(shown) if as_json else case_text(shown))


@case.command("set")
@click.argument("number")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--line", type=click.IntRange(min=1), help="Set fields of this line of the case.")
@_AS
@click.pass_context
def case_set(
    ctx: click.Context, number: str, fields: tuple[str, ...], line: int | None, user: str
) -> None:
    """Set fields; FIELD= empties one. Setting a line confirms it (R-27). state=analysis,
    state=in_progress take that step."""
    acting.set_case(_wired(ctx), number, dict(_pair(field) for field in fields), user, line=line)


@case.command("assign")
@click.argument("number")
@click.argument("to", metavar="USER")
@_AS
@click.pass_context
def case_assign(ctx: click.Context, number: str, to: str, user: str) -> None:
    """Make somebody the case's manager."""
    acting.assign(_wired(ctx), number, to, user)


@main.group()
def task() -> None:
    """List and resolve tasks."""


@task.command("list")
@click.option("--all", "every", is_flag=True, help="Resolved ones too.")
@_JSON
@click.pass_context
def task_list(ctx: click.Context, every: bool, as_json: bool) -> None:
    """What a person must look at, the oldest first."""
    _list(ctx, as_json, lambda c: views.task_list(c, only_open=not every))


@task.command("resolve")
@click.argument("task_id", type=int)
@click.option("--how", type=click.Choice(acting.RESOLUTIONS), required=True)
@click.option("--why", required=True, help="The reason, for the record.")
@_AS
@click.pass_context
def task_resolve(ctx: click.Context, task_id: int, how: str, why: str, user: str) -> None:
    """End a task."""
    acting.resolve_task(_wired(ctx), task_id, how, why, user)


@main.command()
@click.argument("number")
@click.argument("decision", type=click.Choice(acting.DECISIONS))
@click.option("--option", help="Which option was chosen.")
@click.option("--why", required=True, help="The reason, for the record.")
@_AS
@click.pass_context
def decide(
    ctx: click.Context, number: str, decision: str, option: str | None, why: str, user: str
) -> None:
    """Enter what the customer decided."""
    state = acting.decide(_wired(ctx), number, acting.Decision(decision, why, option), user)
    click.echo(f"{number} is {state}")


@main.command()
@click.argument("number")
@click.option("--template", required=True)
@click.option("--facts", type=click.Path(path_type=Path), help="JSON file with the letter's facts.")
@click.option("--send", is_flag=True, help="Freeze and queue it; else it is only shown.")
@_AS
@_JSON
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
    given = _facts(facts) if facts else {}
    written = writing.write_letter(_wired(ctx), number, template, given, user, send=send)
    if as_json:
        words = written.words
        click.echo(
            _json(
                {
                    "case": written.case,
                    "letter": written.letter_id,
                    "sent": send,
                    "language": words.language,
                    "subject": written.subject,
                    "text": words.text,
                    "html": words.html,
                }
            )
        )
    else:
        click.echo(f"Subject: {written.subject}\n\n{written.words.text}")
        click.echo("queued" if send else "not sent: add --send", err=True)


@main.group()
def outbox() -> None:
    """Letters and their deliveries."""


@outbox.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are done too.")
@_JSON
@click.pass_context
def outbox_list(ctx: click.Context, every: bool, as_json: bool) -> None:
    """Letters, the newest first."""
    _list(ctx, as_json, lambda c: views.outbox_list(c, only_waiting=not every))


@main.command("history")
@click.argument("number")
@click.option("--verify", is_flag=True, help="Check the chain, and the tables against it.")
@_JSON
@click.pass_context
def show_history(ctx: click.Context, number: str, verify: bool, as_json: bool) -> None:
    """Everything that happened to a case."""
    with _wired(ctx).db.read() as connection:
        found = casefile.by_number(connection, number)
        steps = history.steps(connection, found.id)
        faults = history.faults(connection, found.id) if verify else ()
    if as_json:
        rows = [
            {
                "seq": s.seq,
                "at": s.at,
                "actor": s.actor,
                "cause": s.cause,
                "kind": s.kind,
                "changes": s.payload,
            }
            for s in steps
        ]
        click.echo(
            _json(
                {
                    "case": found.number,
                    "history": rows,
                    **({"faults": faults, "whole": not faults} if verify else {}),
                }
            )
        )
    else:
        rows = [
            {"seq": s.seq, "at": s.at, "kind": s.kind, "actor": s.actor, "cause": s.cause}
            for s in steps
        ]
        click.echo(table(rows))
        if verify:
            click.echo("\n".join(faults) or f"{found.number}: whole, and equal to the tables")
    if faults:
        ctx.exit(76)


@main.group()
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
    people.add_user(_wired(ctx), name, full_name=full_name, email=email, phone=phone, role=role)


def _list(ctx: click.Context, as_json: bool, rows: Callable[[Any], list[dict[str, Any]]]) -> None:
    with _wired(ctx).db.read() as connection:
        found = rows(connection)
    click.echo(_json(found) if as_json else table(found))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _pair(field: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not equals:
        raise BadInput(f"{field!r} is not FIELD=VALUE", mend="write it as in part_name=21154")
    return name, value


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}", mend="see docs/letters.md") from error
    if not isinstance(facts, dict):
        raise BadInput(f"{path} holds no JSON object", mend='write it as {"results": "..."}')
    return facts
