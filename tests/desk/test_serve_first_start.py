"""`amends serve` on a mailbox that is not empty, from the command line and at a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from tests.desk.test_serve import AMENDS, USERS
from tests.shop import write_config

NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=30), NOW - timedelta(hours=2)


@dataclass
class Arrivals:
    """When the mail server received what is put into it next."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Place:
    """An installation that nobody has started yet, and its mailbox."""

    server: EmbeddedMail
    config: Path
    arrivals: Arrivals

    def put(self, *subjects: str, at: datetime = NOW) -> None:
        self.arrivals.at = at
        for subject in subjects:
            words = f"From: {RING.address}\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n"
            head = f"{words}Message-ID: <{subject}@sensorik.example>\r\n\r\n"
            self.server.deliver(MAILBOX, f"{head}About {subject}.\r\n".encode())

    def serve(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(AMENDS), "--config", str(self.config), "serve", "--once", *words]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    def cases(self) -> list[str]:
        """The subjects of all cases."""
        command = (AMENDS, "--config", self.config, "case", "list", "--json")
        told = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return sorted(str(one["subject"]) for one in json.loads(told.stdout))

    def withheld(self) -> list[str]:
        """Why mails were not acknowledged."""
        command = (AMENDS, "--config", self.config, "task", "list", "--json")
        told = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return [
            one["reason"]
            for one in json.loads(told.stdout)
            if one["kind"] == "acknowledgment_withheld"
        ]


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    """Two old mails and a young one wait, on each database."""
    with _place(tmp_path, database_url) as made:
        yield made


@contextmanager
def _place(folder: Path, url: str) -> Iterator[Place]:
    arrivals = Arrivals()
    with EmbeddedMail(USERS, clock=arrivals) as server:
        config = write_config(
            folder,
            url,
            imap_port=server.imap_port,
            smtp_port=server.smtp_port,
            change=lambda text: text.replace('first_start = "all"\nacknowledge_old = true\n', ""),
        )
        made = Place(server, config, arrivals)
        made.put("burrs", "cracks", at=OLD)
        made.put("rust", at=YOUNG)
        yield made


def test_untold_it_begins_nothing_and_names_the_command(place: Place) -> None:
    told = place.serve()
    assert told.returncode == 78
    assert "mailbox complaints holds 3 mails" in told.stderr
    assert "--from now, --from since:YYYY-MM-DD or --from all" in told.stderr
    assert place.cases() == []
    assert place.server.received == ()


def test_from_now(place: Place) -> None:
    assert place.serve("--from", "now").returncode == 0
    assert place.cases() == []
    place.put("dents")
    assert place.serve().returncode == 0  # asked once
    assert place.cases() == ["dents"]
    assert [mail.recipients for mail in place.server.received] == [(RING.address,)]


def test_from_a_day(place: Place) -> None:
    assert place.serve("--from", f"since:{YOUNG - timedelta(days=1):%Y-%m-%d}").returncode == 0
    assert place.cases() == ["rust"]
    assert len(place.server.received) == 1


def test_all_acknowledges_the_young_alone(place: Place) -> None:
    assert place.serve("--from", "all").returncode == 0
    assert place.cases() == ["burrs", "cracks", "rust"]
    assert len(place.server.received) == 1
    assert Counter(place.withheld()) == {"older than a day at the first start": 2}


def test_all_and_the_old_are_confirmed(place: Place) -> None:
    assert place.serve("--from", "all", "--confirm-old").returncode == 0
    assert place.cases() == ["burrs", "cracks", "rust"]
    assert len(place.server.received) == 3
    assert place.withheld() == []
    assert place.serve("--from", "all", "--confirm-old").returncode == 0
    assert len(place.server.received) == 3


@pytest.mark.parametrize("choice", ["yesterday", "since:yesterday", "since:2026-13-01", ""])
def test_what_is_no_answer_is_refused(choice: str, tmp_path: Path) -> None:
    with _place(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as place:
        told = place.serve("--from", choice)
        assert told.returncode == 2
        assert "write now, since:YYYY-MM-DD or all" in told.stderr
        assert place.cases() == []


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    with _place(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as place:
        ours, theirs = pty.openpty()
        command = (AMENDS, "--config", place.config, "serve", "--once")
        with os.fdopen(ours, "wb", buffering=0) as keyboard:
            keyboard.write(b"perhaps\nnow\n")
            told = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=60)
        os.close(theirs)
        assert told.returncode == 0, told.stderr
        assert "holds 3 mails" in told.stderr
        assert told.stderr.count("Begin with which mails") == 2  # the first answer was none
        assert place.cases() == []
        place.put("dents")
        place.serve()
        assert place.cases() == ["dents"]
