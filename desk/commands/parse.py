"""amends parse"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from cases.errors import AmendsError, NotFound
from desk.command import JSON
from desk.show import table
from intake.files import mails_in
from intake.kinds.screen import OwnAddresses
from intake.report import report

# Signs that some readers of lines take for the end of one; json.dumps leaves them as they are.
_LINE_ENDS: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\x7f\x85\u2028\u2029"}
# A mail must not steer the terminal on which it is shown.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Shown apart from the rest: many lines each.
_TEXTS: Final = ("new_text", "quoted", "signature")
_UNSHOWN: Final = frozenset({*_TEXTS, "text", "attachments", "defects", "facts", "lines"})


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--own",
    multiple=True,
    metavar="ADDRESS",
    help="An address of the desk: mail from it is its own. May be given several times.",
)
@JSON
@click.pass_context
def parse(ctx: click.Context, files: tuple[str, ...], own: tuple[str, ...], as_json: bool) -> None:
    """Say what is understood of mails in files ("-": standard input).

    Of a folder every mail is read. No database is opened.
    """
    ours = OwnAddresses(frozenset(address.strip().lower() for address in own))
    missing = False
    for name in files:
        try:
            for shown, raw in _mails_of(name):
                found = report(shown, raw, ours)
                click.echo((_line(found) if as_json else _text(found)).encode())
        except (OSError, AmendsError) as error:
            why = error.what if isinstance(error, AmendsError) else error.strerror or error
            click.echo(f"amends: {click.format_filename(name)} cannot be read: {why}", err=True)
            missing = True
    if missing:
        ctx.exit(NotFound.exit_code)


def _mails_of(name: str) -> Iterator[tuple[str, bytes]]:
    """The mail in a file; every mail below a folder."""
    shown = click.format_filename(name)
    if name != "-" and Path(name).is_dir():
        yield from ((f"{shown.rstrip('/')}/{one.name}", one.raw) for one in mails_in(Path(name)))
    else:
        yield shown, _bytes_of(name)


def _bytes_of(name: str) -> bytes:
    if name != "-":
        return Path(name).read_bytes()
    with click.open_file("-", "rb") as stream:
        data: bytes = stream.read()
    return data


def _line(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False).translate(_LINE_ENDS)


def _text(found: Mapping[str, Any]) -> str:
    """One mail for the eye; ends with an empty line."""
    parts = [f"{name}: {_words(found[name])}" for name in found if name not in _UNSHOWN]
    of_case = {
        n: f for n, f in found["facts"].items() if not any(n in one for one in found["lines"])
    }
    for facts in (of_case, *found["lines"]):
        parts += [f"fact: {name} {one['value']}" for name, one in facts.items()]
    parts += [f"defect: {one}" for one in found["defects"]]
    if found["attachments"]:
        parts.append(table(found["attachments"]))
    for name in _TEXTS:
        if found[name]:
            parts.append(f"--- {name}\n{found[name]}")
    return _CONTROLS.sub("\ufffd", "\n".join(parts)) + "\n"


def _words(value: Any) -> str:
    match value:
        case {"name": name, "address": address}:
            return f"{name} <{address}>" if name else str(address)
        case {"recipients": [*recipients]}:
            return "; ".join(" ".join(filter(None, one.values())) for one in recipients)
        case list():
            return ", ".join(_words(one) for one in value)
    return "" if value is None else str(value)
