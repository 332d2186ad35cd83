"""amends answer"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import click

from cases.answers import Answer, Asked, asked_of, deciding, read_parts
from cases.errors import AmendsError, BadInput, NotFound
from desk.command import JSON, to_json
from intake.kinds.screen import OwnAddresses, screen
from intake.parse import read as read_mail
from intake.reply import newtext

_BY_PEOPLE: Final = ("reply", "complaint")


@click.command()
@click.argument("file", required=False, metavar="FILE")
@click.option("--text", is_flag=True, help="FILE is the text of a mail, and no mail.")
@click.option(
    "--asked",
    default="approval",
    show_default=True,
    metavar="WHAT",
    help='approval, question, or proposal with its options, as in "proposal:A,B".',
)
@click.option("--json-lines", is_flag=True, help="Read {body, asked}, a JSON object a line.")
@JSON
@click.pass_context
def answer(
    ctx: click.Context, file: str | None, text: bool, asked: str, json_lines: bool, as_json: bool
) -> None:
    """Say what a customer's mail answers, and whether that acts without a person. No database.

    FILE is a mail, or with --text a text ("-": standard input).
    """
    if json_lines:
        answered = [_answer_line(line) for line in sys.stdin.buffer]
        if not all(answered):
            ctx.exit(BadInput.exit_code)
        return
    if file is None:
        raise BadInput("there is nothing to read", mend="give FILE, or --json-lines")
    questions = asked_of(asked)
    raw = _bytes_of(file)
    found = _of_text(_decoded(raw), questions) if text else _of_mail(raw, questions)
    click.echo(to_json(found) if as_json else _shown(found))


def _of_text(body: str, asked: Sequence[Asked]) -> dict[str, Any]:
    """The new text is read: not what the mail quotes, and no signature."""
    return _told(read_parts(newtext.split(body)[0], asked), asked)


def _of_mail(raw: bytes, asked: Sequence[Asked]) -> dict[str, Any]:
    mail = read_mail(raw)
    kind = screen(mail, OwnAddresses(frozenset())).kind
    answers = read_parts(mail.new_text, asked)
    if kind not in _BY_PEOPLE:
        none = Answer("unclear", None, None, "", f"not written by a person: {kind}", certain=False)
        answers = [replace(none) for _ in answers]
    return _told(answers, asked)


def _told(answers: Sequence[Answer], asked: Sequence[Asked]) -> dict[str, Any]:
    told = asdict(deciding(answers, asked))
    if len(answers) > 1:
        pairs = zip(asked, answers, strict=True)
        told["parts"] = [{"asked": one.kind, **asdict(found)} for one, found in pairs]
    return told


def _answer_line(line: bytes) -> bool:
    """One answer for one object, in its place; False for what cannot be read."""
    try:
        found = _of_object(json.loads(line))
    except ValueError as error:
        found = {"error": f"this is no JSON: {error}"}
    except RecursionError:
        found = {"error": "this is no JSON that can be read"}
    except AmendsError as error:
        found = {"error": str(error)}
    click.echo(json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    return "error" not in found


def _of_object(given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadInput("this is no JSON object", mend='write {"body": .., "asked": ..}')
    if unknown := sorted(map(str, given.keys() - {"body", "asked"})):
        raise BadInput(f"{unknown[0]} is no key", mend="keys are asked, body")
    body, asked = given.get("body"), given.get("asked", "approval")
    if not isinstance(body, str) or not isinstance(asked, str):
        raise BadInput("body and asked must be texts", mend='write {"body": .., "asked": ..}')
    return _of_text(body, asked_of(asked))


def _bytes_of(name: str) -> bytes:
    try:
        if name != "-":
            return Path(name).read_bytes()
        with click.open_file("-", "rb") as stream:
            data: bytes = stream.read()
    except OSError as error:
        raise NotFound(f"{click.format_filename(name)} cannot be read: {error.strerror}") from None
    return data


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8-sig", "replace")


def _shown(found: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in found.items() if value is not None)
