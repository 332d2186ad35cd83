"""`amends parse`: the contract's fields, one object a line, without configuration and database."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main

# docs/commands.md; scripts rest on these names and on their order.
FIELDS = [
    "file",
    "sha256",
    "kind",
    "from",
    "proven_sender",
    "to",
    "cc",
    "subject",
    "date",
    "message_id",
    "in_reply_to",
    "references",
    "language",
    "text",
    "new_text",
    "quoted",
    "signature",
    "attachments",
    "forwarded",
    "bounce",
    "facts",
    "lines",
    "answer",
    "defects",
]
MAIL = b"""\
From: =?utf-8?q?J=C3=B6rg?= Vogt <Joerg@Sensorik.example>
To: complaints@parts.example
Cc: "QA, Team" <qa@sensorik.example>
Subject: Gewinde zu weit
Date: Mon, 2 Mar 2026 10:00:00 +0100
Message-ID: <2@sensorik.example>
In-Reply-To: <1@parts.example>
References: <0@parts.example> <1@parts.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Das Gewinde ist zu weit. Bitte pr\xc3\xbcfen Sie das.
> Ist es die Bohrung?
--\x20
J. Vogt
--b
Content-Type: image/png; name=foto.png
Content-Disposition: attachment; filename=foto.png

PNG
--b--
"""


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a configuration."""
    monkeypatch.chdir(tmp_path)


def parse(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["parse", *words], input=stdin)


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def write(name: str, data: bytes) -> str:
    Path(name).write_bytes(data)
    return name


def test_all_fields_of_a_mail() -> None:
    result = parse(write("a.eml", MAIL), "--json")
    assert result.exit_code == 0
    (found,) = objects(result)
    assert list(found) == FIELDS
    assert found["file"] == "a.eml"
    assert found["sha256"] == hashlib.sha256(MAIL).hexdigest()
    assert found["kind"] == "reply"
    assert found["from"] == {"name": "Jörg Vogt", "address": "joerg@sensorik.example"}
    assert found["proven_sender"] is True
    assert found["to"] == [{"name": "", "address": "complaints@parts.example"}]
    assert found["cc"] == [{"name": "QA, Team", "address": "qa@sensorik.example"}]
    assert found["date"] == "2026-03-02T09:00:00+00:00"
    assert found["in_reply_to"] == "<1@parts.example>"
    assert found["references"] == ["<0@parts.example>", "<1@parts.example>"]
    assert found["language"] == "de"
    assert found["new_text"] == "Das Gewinde ist zu weit. Bitte prüfen Sie das."
    assert found["quoted"] == "> Ist es die Bohrung?"
    assert found["signature"].endswith("J. Vogt")
    (photo,) = found["attachments"]
    assert photo == {
        "name": "foto.png",
        "content_type": "image/png",
        "size": 3,
        "sha256": hashlib.sha256(b"PNG").hexdigest(),
        "inline": False,
        "part": "2",
        "sniffed": "text/plain",
    }
    assert [found[name] for name in ("forwarded", "bounce", "answer", "facts")] == [
        None,
        None,
        None,
        {},
    ]


def test_one_line_a_mail_whatever_it_says() -> None:
    ends = "a\u2028b\x85c\u2029d\x0be\x1cf".encode()
    mail = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n" + ends
    result = parse(write("a.eml", mail), write("b.eml", MAIL), "--json")
    assert [one["file"] for one in objects(result)] == ["a.eml", "b.eml"]
    assert "a\u2028b\x85c\u2029d" in objects(result)[0]["text"]


def test_standard_input_and_own_addresses() -> None:
    (found,) = objects(parse("-", "--own", "JOERG@sensorik.example", "--json", stdin=MAIL))
    assert (found["file"], found["kind"]) == ("-", "own")


def test_a_missing_file_is_told_and_the_others_are_printed() -> None:
    Path("empty").mkdir()
    result = parse("none.eml", write("b.eml", MAIL), "empty", "--json")
    assert result.exit_code == 66
    assert [one["file"] for one in objects(result)] == ["b.eml"]
    assert "none.eml cannot be read: No such file or directory" in result.stderr
    assert "empty cannot be read: there is no mail in empty" in result.stderr


def test_a_folder_is_every_mail_below_it() -> None:
    Path("mails/old").mkdir(parents=True)
    write("mails/a.eml", MAIL)
    write("mails/old/b.eml", b"")
    write("mails/notes.txt", b"no mail")
    found = objects(parse("mails/", "--json"))
    assert [(one["file"], one["subject"]) for one in found] == [
        ("mails/a.eml", "Gewinde zu weit"),
        ("mails/old/b.eml", ""),
    ]


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe\n\n",
        b"From: " + b"(" * 2000 + b"\n\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 5000,
        b"Subject: =?utf-8?b?\xed\xa0\x80?=\nContent-Type: text/plain; charset=\xff\n\n\xff",
    ],
)
def test_any_bytes_are_one_object(mail: bytes) -> None:
    result = parse(write("a.eml", mail), "--json")
    assert result.exit_code == 0
    (found,) = objects(result)
    assert list(found) == FIELDS
    assert parse("a.eml").exit_code == 0


def test_an_unreadable_mail_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(raw: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr("intake.parse._read", fail)
    (found,) = objects(parse(write("a.eml", MAIL), "--json"))
    assert list(found) == FIELDS
    assert found["kind"] == "unreadable"
    assert found["subject"] == "Gewinde zu weit"
    assert found["defects"] == ["unreadable", "the mail cannot be read: RecursionError"]


def test_shown_to_people_it_does_not_steer_the_terminal() -> None:
    mail = b"From: a@b.example\nSubject: Hello\n\n\x1b]0;owned\x07\x1b[2JRed \xe2\x80\xae"
    shown = parse(write("a.eml", mail)).stdout
    assert "subject: Hello" in shown
    assert "Red" in shown
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
