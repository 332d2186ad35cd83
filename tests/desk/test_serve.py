"""`amends` as a real process: it waits for what is away, says so once, and ends when asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from tests.servers.process import free_port
from tests.shop import PASSWORD, write_config

AMENDS = Path(sys.executable).with_name("amends")
USERS = {MAILBOX: PASSWORD, RING.address: PASSWORD}


class Serving:
    """`amends serve` as a child, with what it says."""

    def __init__(self, config: Path) -> None:
        self.process = subprocess.Popen(
            (AMENDS, "--config", config, "serve"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip())
                self._changed.notify_all()

    def wait_for(self, enough: Callable[[str], bool], seconds: float = 20.0) -> str:
        """The first line that is enough."""

        def hit() -> str | None:
            return next((line for line in self.lines if enough(line)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: hit() is not None, seconds), self.lines
            return str(hit())

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM; the exit code and how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self._reader.join(5)
        return code, time.monotonic() - begun


@contextmanager
def serving(config: Path) -> Iterator[Serving]:
    service = Serving(config)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait(5)
        service._reader.join(5)
        if service.process.stdout is not None:
            service.process.stdout.close()


def test_it_waits_for_a_server_that_is_down_and_goes_on_when_it_is_up(
    tmp_path: Path, database_url: str
) -> None:
    imap_port, smtp_port = free_port(), free_port()
    config = write_config(tmp_path, database_url, imap_port=imap_port, smtp_port=smtp_port)
    with serving(config) as service:
        service.wait_for(lambda line: line == "ready")
        told = service.wait_for(lambda line: "mailbox_waits" in line)
        assert "WARNING mailbox_waits reason=" in told
        assert f"127.0.0.1:{imap_port}" in told
        with EmbeddedMail(USERS, imap_port=imap_port, smtp_port=smtp_port) as server:
            server.deliver(MAILBOX, _complaint())
            mails = server.wait_for(lambda mails: bool(mails), 20)
            assert mails[0].recipients == (RING.address,)
            service.wait_for(lambda line: "letter_accepted" in line)
            service.wait_for(lambda line: "mailbox_goes_on" in line)
            code, seconds = service.stop()
    assert code == 0
    assert seconds < 8
    waits = [line for line in service.lines if "mailbox_waits" in line]
    assert len(waits) == 1  # not every few seconds
    everything = "\n".join(service.lines)  # at level debug
    assert PASSWORD not in everything
    assert RING.address not in everything
    assert "Traceback" not in everything


def test_once_as_a_real_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    with EmbeddedMail(USERS) as server:
        config = write_config(tmp_path, url, imap_port=server.imap_port, smtp_port=server.smtp_port)
        server.deliver(MAILBOX, _complaint())
        served = amends(config, "serve", "--once")
        assert (served.returncode, served.stdout) == (0, "")
        assert len(server.received) == 1
    listed = amends(config, "case", "list", "--json")
    assert [one["contact"] for one in json.loads(listed.stdout)] == [RING.address]
    for told in (served, listed):
        assert PASSWORD not in told.stdout + told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("words", [(), ("--help",), ("--version",), ("case", "--help")])
def test_help_needs_no_configuration(words: tuple[str, ...], tmp_path: Path) -> None:
    told = subprocess.run((AMENDS, *words), cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == (0 if words else 2)  # click: no command is a wrong question
    assert "amends" in (told.stdout + told.stderr).lower()


def amends(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (AMENDS, "--config", config, *words), capture_output=True, text=True, timeout=60
    )


def _complaint() -> bytes:
    lines = (
        f'From: "{RING.name}" <{RING.address}>',
        f"To: {MAILBOX}",
        "Subject: Thread too wide",
        "Message-ID: <1@sensorik.example>",
        "",
        "The core hole measures 2.5 mm.",
    )
    return "\r\n".join(lines).encode() + b"\r\n"
