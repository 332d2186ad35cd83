"""amends replay"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from cases.errors import BadInput, NotFound, Tampered
from config.load import load
from config.settings import Settings
from desk.command import JSON, to_json
from desk.show import table
from intake.files import mails_in
from service.replay import Replayed, arrivals, replay, sample_settings
from service.wiring import real_now

_COLUMNS: Final = ("file", "outcome", "case", "kind", "acknowledged", "reason", "from", "subject")


@click.command("replay")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--start", metavar="ISO", help="When it begins, as in 2026-03-02T09:00; else now.")
@click.option("--mailbox", metavar="NAME", help="Where the mails arrive; else the first one.")
@JSON
@click.pass_context
def show_replay(
    ctx: click.Context, path: Path, start: str | None, mailbox: str | None, as_json: bool
) -> None:
    """Rehearse with mails: .eml files, a folder of them, a Maildir, an mbox. Nothing is sent.

    Mails older than the start arrive at the start, younger ones when they were written. Without a
    configuration file a sample company plays.
    """
    settings = _settings(ctx)
    begin = _moment(start, settings)
    coming = arrivals(mails_in(path), begin, max(begin, real_now()))
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(message)s", stream=sys.stderr)
    with _progress(len(coming)) as tell:
        done = replay(settings, coming, _mailbox(mailbox, settings), tell=tell)
    click.echo(to_json(_view(begin, done)) if as_json else _text(done))
    for fault in done.faults:
        click.echo(f"amends: {fault}", err=True)
    if done.faults:
        ctx.exit(Tampered.exit_code)
    if any(mail["outcome"] == "not_read" for mail in done.mails):
        ctx.exit(NotFound.exit_code)


def _settings(ctx: click.Context) -> Settings:
    root = ctx.find_root()
    path: Path = root.obj
    given = root.get_parameter_source("config_file")
    if given is click.core.ParameterSource.DEFAULT and not path.exists():
        return sample_settings()
    return load(path, os.environ, secrets=False)


def _moment(start: str | None, settings: Settings) -> datetime:
    if start is None:
        return real_now()
    try:
        moment = datetime.fromisoformat(start)
        at_home = ZoneInfo(settings.company.timezone)
        return moment if moment.tzinfo else moment.replace(tzinfo=at_home)
    except ValueError as error:
        raise BadInput(f"{start!r} is no moment", mend="write it as 2026-03-02T09:00") from error


def _mailbox(name: str | None, settings: Settings) -> str:
    names = [box.name for box in settings.mailbox]
    if name is not None and name not in names:
        raise BadInput(f"there is no mailbox {name}", mend=f"use one of {', '.join(names)}")
    return name or names[0]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=total, label="mails", file=sys.stderr) as bar:
        yield bar.update


def _view(begin: datetime, done: Replayed) -> dict[str, Any]:
    return {
        "start": begin.isoformat(),
        "counts": _counts(done),
        "mails": done.mails,
        "cases": done.cases,
        "outbox": done.outbox,
        "tasks": done.tasks,
        "faults": done.faults,
    }


def _counts(done: Replayed) -> dict[str, int]:
    return {
        "mails": len(done.mails),
        **Counter(str(mail["outcome"]) for mail in done.mails),
        "cases": len(done.cases),
        "acknowledged": sum(mail["acknowledged"] for mail in done.mails),
        "letters": len(done.carried),
        "tasks": len(done.tasks),
    }


def _text(done: Replayed) -> str:
    rows = [{name: mail[name] for name in _COLUMNS} for mail in done.mails]
    for row, mail in zip(rows, done.mails, strict=True):
        row["acknowledged"] = "yes" if row["acknowledged"] else _why_not(mail)
    counts = ", ".join(f"{number} {name}" for name, number in _counts(done).items())
    letters = [
        {n: one[n] for n in ("case", "template", "address", "delivery")} for one in done.outbox
    ]
    return f"{table(rows)}\n\n{table(letters)}\n\n{counts}; nothing was sent"


def _why_not(mail: dict[str, Any]) -> str:
    withheld = [t["reason"] for t in mail["tasks"] if t["kind"] == "acknowledgment_withheld"]
    return f"no: {withheld[0]}" if withheld else ""
