"""`./run demo`: the product on the embedded default, with two complaints played through it."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any, Final

import click

from demo.mail_server import EmbeddedMail
from demo.shop import USERS, set_up
from demo.stories import Player, approved, rejected
from service.wiring import Wiring
from storage import casefile, history, views

FOLDER: Final = Path(__file__).resolve().parent.parent / ".state" / "demo"


@click.command()
@click.option("--once", is_flag=True, help="Play the stories and end.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def main(once: bool, as_json: bool) -> None:
    """Start the embedded mail server and play two complaints through the real road."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with EmbeddedMail(USERS) as server:
        w = set_up(FOLDER, server)
        player = Player(w, server, _tell)
        for story in (approved, rejected):
            player.play(story(player))
        shown = _everything(w)
        w.db.close()
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif not once:
        _what_to_look_at(shown)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _everything(w: Wiring) -> dict[str, Any]:
    with w.db.read() as connection:
        numbers = [one["number"] for one in views.case_list(connection, only_open=False)]
        cases = [casefile.by_number(connection, number) for number in reversed(numbers)]
        return {
            "cases": [views.case_show(connection, case) for case in cases],
            "tasks": views.task_list(connection, only_open=False),
            "outbox": views.outbox_list(connection, only_waiting=False),
            "history": {
                case.number: {"faults": list(history.faults(connection, case.id))} for case in cases
            },
        }


def _what_to_look_at(shown: dict[str, Any]) -> None:
    amends = f"./run amends --config {FOLDER.relative_to(FOLDER.parent.parent)}/amends.toml"
    numbers = [(case["number"], case["state"]) for case in shown["cases"]]
    click.echo("\nThe stories are told. What to look at:\n")
    for line in (
        "case list --all",
        *(f"case show {number}    # {state}" for number, state in numbers),
        "task list",
        "outbox list --all",
        f"history {numbers[0][0]} --verify",
    ):
        click.echo(f"  {amends} {line}")


if __name__ == "__main__":
    main()
