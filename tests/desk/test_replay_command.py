"""`amends replay`: mails from files go the whole road, and nothing is left or sent."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from intake.files import mails_in
from tests.servers import loopback_only

FIRST = """\
From: Jana Vogt <jana.vogt@sensorik.example>
To: complaints@example.com
Subject: Thread too wide
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <1@sensorik.example>

The core hole of the ring measures 2.5 mm.
"""
SECOND = """\
From: Jana Vogt <jana.vogt@sensorik.example>
To: complaints@example.com
Subject: One more thing
Date: Wed, 4 Mar 2026 10:00:00 +0000
Message-ID: <2@sensorik.example>
In-Reply-To: <1@sensorik.example>

It is lot 7.

>From the drawing one can see it.
"""
AWAY = """\
From: Eve <eve@elsewhere.example>
Subject: Out of office
Date: Tue, 3 Mar 2026 10:00:00 +0000
Auto-Submitted: auto-replied

Back on Monday.
"""
NO_REPLY = """\
From: noreply@elsewhere.example
Subject: The parts are broken
Date: nonsense

All of them.
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder without a configuration; temporary files lie in it as well."""
    here = tmp_path / "here"
    (tmp_path / "temporary").mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return here


def replay(*words: str) -> Result:
    return CliRunner().invoke(main, ["replay", *words])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def eml(**mails: str) -> None:
    for name, text in mails.items():
        Path(f"{name}.eml").write_text(text)


def ends(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(m["file"], m["outcome"], m["case"], m["acknowledged"]) for m in found["mails"]]


def test_a_folder_of_mails_is_played_in_the_order_of_their_dates(folder: Path) -> None:
    eml(a=SECOND, b=FIRST, c=AWAY, d=NO_REPLY)
    Path("copy.eml").write_text(FIRST)
    found = told(replay(".", "--start", "2026-03-02T00:00+00:00", "--json"))
    assert ends(found) == [
        ("d.eml", "registered", "KS2026-001", False),
        ("b.eml", "registered", "KS2026-002", True),
        ("copy.eml", "copy", "KS2026-002", False),
        ("c.eml", "set_aside", None, False),
        ("a.eml", "threaded", "KS2026-002", False),
    ]
    mails = {mail["file"]: mail for mail in found["mails"]}
    assert mails["c.eml"]["reason"] == "Auto-Submitted"
    assert mails["a.eml"]["arrived_at"].startswith("2026-03-04T10:00")
    assert mails["d.eml"]["tasks"][0]["reason"] == "no-reply sender"
    assert mails["b.eml"]["letters"] == [
        {
            "template": "acknowledgment",
            "to": "jana.vogt@sensorik.example",
            "state": "accepted",
        }
    ]
    assert found["counts"]["letters"] == 1
    assert found["faults"] == []


def test_nothing_is_left_and_nothing_is_reached(folder: Path, tmp_path: Path) -> None:
    eml(a=FIRST)
    assert told(replay("a.eml", "--json"))["counts"]["acknowledged"] == 1
    assert [path.name for path in folder.iterdir()] == ["a.eml"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert loopback_only.outside == []


def test_older_mails_arrive_at_the_start_and_no_mail_comes_out_of_the_future(folder: Path) -> None:
    eml(a=FIRST, b=FIRST.replace("2026", "2999").replace("<1@", "<9@"))
    found = told(replay(".", "--start", "2026-03-03T08:00", "--json"))
    assert {mail["arrived_at"][:16] for mail in found["mails"]} == {"2026-03-03T08:00"}


def test_a_promise_is_missed_when_its_time_passes(folder: Path) -> None:
    """Business time goes from mail to mail, so that clocks strike between them."""
    eml(a=NO_REPLY.replace("nonsense", "Mon, 2 Mar 2026 09:00:00 +0000"), b=SECOND)
    found = told(replay(".", "--start", "2026-03-02T00:00", "--json"))
    first = found["cases"][0]
    assert first["number"] == "KS2026-001"
    assert first["arrived_at"].startswith("2026-03-02T09:00")
    assert "clock_breached" in {task["kind"] for task in found["tasks"]}


def test_an_mbox_is_split_where_mails_begin(folder: Path) -> None:
    Path("old").write_text(
        f"From jana Mon Mar  2 10:00:00 2026\n{FIRST}\n"
        f"From jana@sensorik.example Wed Mar  4 10:00:00 2026\n{SECOND}\n"
        "From the sound of it this is no new mail.\n"
    )
    found = told(replay("old", "--start", "2026-03-02", "--json"))
    assert [(m["file"], m["outcome"]) for m in found["mails"]] == [
        ("old:1", "registered"),
        ("old:2", "threaded"),
    ]
    first, second = (mail.raw.decode() for mail in mails_in(Path("old")))
    assert first.rstrip() == FIRST.rstrip()
    assert "\nFrom the drawing" in second
    assert "no new mail" in second


def test_a_maildir_with_its_folders(folder: Path) -> None:
    for place, text in (("new/1.a", FIRST), ("cur/2.b:2,S", AWAY), (".Old/cur/3.c:2,", SECOND)):
        file = Path("box", place)
        file.parent.mkdir(parents=True)
        file.write_text(text)
    Path("box/tmp").mkdir()
    Path("box/tmp/4.d").write_text(NO_REPLY)
    found = told(replay("box", "--json"))
    assert sorted(mail["file"] for mail in found["mails"]) == [
        ".Old/cur/3.c:2,",
        "cur/2.b:2,S",
        "new/1.a",
    ]


def test_people_get_a_table(folder: Path) -> None:
    eml(a=FIRST, d=NO_REPLY)
    shown = replay(".").stdout
    assert "no: no-reply sender" in shown
    assert "jana.vogt@sensorik.example" in shown
    assert shown.rstrip().endswith("nothing was sent")


CONFIG = """\
[company]
name = "Nord"
numbers = "N{year}-{seq:04}"

[[mailbox]]
name = "complaints"
address = "complaints@nord.example"
host = "imap.nord.example"
user = "u"
password_env = "NOT_SET_ANYWHERE"

[[mailbox]]
name = "quality"
address = "quality@nord.example"
host = "imap.nord.example"
user = "u"
password_file = "not-there"

[smtp]
host = "smtp.nord.example"
"""


def test_the_real_configuration_plays_without_its_secrets(folder: Path) -> None:
    eml(a=FIRST)
    Path("amends.toml").write_text(CONFIG)
    found = told(replay("a.eml", "--start", "2026-03-02", "--mailbox", "quality", "--json"))
    assert [case["number"] for case in found["cases"]] == ["N2026-0001"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.eml", "amends.toml"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("none.eml",), 66, "none.eml is not there"),
        (("empty",), 65, "there is no mail in empty"),
        (("a.eml", "--start", "soon"), 65, "'soon' is no moment"),
        (("a.eml", "--mailbox", "other"), 65, "there is no mailbox other"),
    ],
)
def test_what_cannot_be_played_is_told(words: tuple[str, ...], code: int, says: str) -> None:
    eml(a=FIRST)
    Path("empty").mkdir()
    result = replay(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr


def test_a_named_configuration_must_be_there() -> None:
    eml(a=FIRST)
    result = CliRunner().invoke(main, ["--config", "none.toml", "replay", "a.eml"])
    assert result.exit_code == 78
