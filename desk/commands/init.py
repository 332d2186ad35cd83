"""amends init"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import click

from cases.errors import BadInput
from config.draft import Key, draft, problem_with
from config.values import one_line


class _Question(NamedTuple):
    key: Key
    asks: str
    default: str | None = None
    same_as: Key | None = None  # its answer is proposed


_MAIL: Final = ("mailbox", "address")
_USER: Final = ("mailbox", "user")
_HOST: Final = ("mailbox", "host")
_QUESTIONS: Final = (
    _Question(("company", "name"), "Name of the company, as letters sign it"),
    _Question(("company", "timezone"), "Its time zone, such as Europe/Berlin", "UTC"),
    _Question(_MAIL, "Address to which customers write"),
    _Question(_HOST, "IMAP server"),
    _Question(_USER, "Log-in name there", same_as=_MAIL),
    _Question(("smtp", "host"), "SMTP server", same_as=_HOST),
    _Question(("smtp", "user"), "Log-in name there", same_as=_USER),
    # elapsed or business hours.
    _Question(
        ("terms.clock.proposal", "time"),
        "A first proposal is promised within (12 hours, or 12 business hours)",
        "12 hours",
    ),
)
_SECRETS: Final = (("mailbox", "IMAP", "imap.password"), ("smtp", "SMTP", "smtp.password"))


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--defaults", is_flag=True, help="Ask nothing; sample values stand in the file.")
@click.pass_context
def init(ctx: click.Context, file: Path | None, defaults: bool) -> None:
    """Write a commented configuration; a file that is there is never touched."""
    path: Path = file or ctx.find_root().obj
    if path.exists():
        raise _taken(path)
    values = {} if defaults else _ask(path.absolute().parent)
    _write(path, draft(values))
    click.echo(f"written: {path}")
    for table, _, _ in _SECRETS:
        if wanted := values.get((table, "password_file")):
            click.echo(f"write the password into {wanted} beside it, and chmod 600 that file")
        elif wanted := values.get((table, "password_env")):
            click.echo(f"set the environment variable {wanted} where the service is started")
    click.echo(f"then try everything: amends --config {path} doctor")


def _ask(folder: Path) -> dict[Key, object]:
    given: dict[Key, object] = {}
    for question in _QUESTIONS:
        proposed = given.get(question.same_as) if question.same_as else question.default
        given[question.key] = _good(question.key, question.asks, proposed, folder)
    for table, name, file in _SECRETS:
        told = f"The {name} password is in a (file) or in an environment (variable)"
        where = click.prompt(told, type=click.Choice(["file", "variable"]), default="file")
        chosen, other, usual = ("password_file", "password_env", file)
        if where == "variable":
            chosen, other, usual = ("password_env", "password_file", f"AMENDS_{name}_PASSWORD")
        given[table, chosen] = _good((table, chosen), f"Which {where}", usual, folder)
        given[table, other] = ""
    return given


def _good(key: Key, asks: str, proposed: object, folder: Path) -> str:
    """Ask until the answer can stand in the file."""
    while True:
        answer = str(click.prompt(asks, default=proposed)).strip()
        problem = _problem(key, answer, folder)
        if not problem:
            return answer
        click.echo(problem)


def _problem(key: Key, answer: str, folder: Path) -> str:
    try:
        one_line(answer)
    except ValueError as error:
        return f"the answer {error}"
    return problem_with(key, answer, folder)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:  # never over a file that came in between
            file.write(text)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}", mend="name another file"
        ) from error


def _taken(path: Path) -> BadInput:
    return BadInput(f"{path} is there already and stays as it is", mend="name another file")
