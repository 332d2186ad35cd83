"""`./run demo`: the product on the embedded default, with two complaints played through it."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click

from demo.mail_server import HOST, EmbeddedMail
from demo.shop import MAILBOX, MANAGER, PASSWORD, USERS, VISITOR, set_up
from demo.stories import Player, approved, rejected
from service.wiring import Wiring
from storage import casefile, history, views

FOLDER: Final = Path(__file__).resolve().parent.parent / ".state" / "demo"


@click.command()
@click.option("--once", is_flag=True, help="Play the stories and end.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Emptied first.")
def main(once: bool, as_json: bool, folder: Path) -> None:
    """Start the embedded mail server and play two complaints through the real road."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    imap, smtp, desk = map(_free, (0, 0, 0) if once else (1143, 2525, 8025))
    with EmbeddedMail(USERS, imap_port=imap, smtp_port=smtp) as server:
        w = set_up(folder, server, desk)
        player = Player(w, server, _tell)
        for story in (approved, rejected):
            player.play(story(player))
        shown = _everything(w)
        w.reader.close()
        w.db.close()
        if as_json:
            click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        if not once:
            _stay(server, desk, folder, shown)


def _free(port: int) -> int:
    """This port, or another one where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _stay(server: EmbeddedMail, desk: int, folder: Path, shown: dict[str, Any]) -> None:
    """The real service on the embedded servers, until somebody ends it."""
    amends = [sys.executable, "-m", "desk.cli", "--config", str(folder / "amends.toml")]
    with subprocess.Popen([*amends, "serve"], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        if service.stdout.readline().strip() != "ready":
            raise click.ClickException("the service did not start; see the lines above")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # its end ends the service too
        _what_to_look_at(server, desk, folder, shown)
        try:
            service.wait()
        except KeyboardInterrupt:
            service.send_signal(signal.SIGTERM)
            service.wait(30)


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


def _what_to_look_at(server: EmbeddedMail, desk: int, folder: Path, shown: dict[str, Any]) -> None:
    amends = f"./run amends --config {os.path.relpath(folder)}/amends.toml"
    states = ", ".join(f"{case['number']} {case['state']}" for case in shown["cases"])
    click.echo(
        f"""
The desk is open:    http://{HOST}:{desk}/    log in as  {MANAGER}  with  {PASSWORD}
Two stories are told: {states}.

Write a complaint to {MAILBOX} with any mail program or script:
  SMTP  {HOST}:{server.smtp_port}   (no log-in, no TLS)
  IMAP  {HOST}:{server.imap_port}   user {VISITOR}, password {PASSWORD}: the answers
It arrives within seconds, is registered and acknowledged.

The same by command:
  {amends} case list --all
  {amends} case show {shown["cases"][0]["number"]}
  {amends} task list
  {amends} history {shown["cases"][0]["number"]} --verify

Ctrl-C ends it."""
    )


if __name__ == "__main__":
    main()
