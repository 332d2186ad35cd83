"""`amends answer`: the contract, and what a wrong question is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.cli import main

MAIL = """\
From: Jana <jana@sensorik.example>
To: complaints@parts.example
Subject: Re: [KS2026-014] results
Message-ID: <1@sensorik.example>
In-Reply-To: <2@parts.example>
Date: Tue, 05 May 2026 14:10:00 +0200

{text}

On Tue, 5 May 2026 at 13:00, Example Parts <complaints@parts.example> wrote:

> Please reply "Not accepted" if it is not in order.
"""


def ask(*arguments: str, given: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["answer", *arguments], input=given)
    return done.exit_code, done.output


def test_a_mail_is_read_without_what_it_quotes(tmp_path: Path) -> None:
    file = tmp_path / "reply.eml"
    file.write_text(MAIL.format(text="Approved, thank you.\n\nBest regards\nJana"))
    code, said = ask(str(file), "--json")
    assert code == 0
    assert json.loads(said) == {
        "verdict": "approve",
        "option": None,
        "change": None,
        "phrase": "Approved",
        "rule": "en/approve",
        "certain": True,
    }


def test_a_robot_decides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "robot.eml"
    file.write_text("Auto-Submitted: auto-replied\n" + MAIL.format(text="Approved."))
    found = json.loads(ask(str(file), "--json")[1])
    assert (found["verdict"], found["certain"]) == ("unclear", False)


def test_a_text_is_read(tmp_path: Path) -> None:
    file = tmp_path / "reply.txt"
    file.write_text("Option B bitte")
    code, said = ask(str(file), "--text", "--asked", "proposal:A,B")
    assert code == 0
    assert "verdict: choose\noption: B\n" in said
    assert ask("-", "--text", "--asked", "proposal:A,B", given="B")[1].startswith("verdict: choose")


def test_lines_are_answered_in_their_order() -> None:
    lines = [
        {"body": "Approved.", "asked": "approval"},
        {"body": "B\n\n> A or B?", "asked": "proposal:A,B"},
        {"body": "1. B\n2. lot 33", "asked": "proposal:A,B+question"},
        {"body": "同意\ud800"},
    ]
    code, said = ask("--json-lines", given="".join(json.dumps(one) + "\n" for one in lines))
    assert code == 0
    found = [json.loads(line) for line in said.splitlines()]
    assert [one["verdict"] for one in found[:3]] == ["approve", "choose", "choose"]
    assert [part["asked"] for part in found[2]["parts"]] == ["proposal", "question"]
    assert not found[3]["certain"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("3", "this is no JSON object"),
        ('{"text": "a"}', "text is no key"),
        ('{"asked": "approval"}', "body and asked must be texts"),
        ('{"body": "a", "asked": "leave"}', "'leave' cannot be asked"),
    ],
)
def test_a_wrong_line_has_an_error_in_its_place(line: str, why: str) -> None:
    code, said = ask("--json-lines", given=f'{line}\n{{"body": "Approved"}}\n')
    wrong, right = (json.loads(one) for one in said.splitlines())
    assert why in wrong["error"]
    assert right["certain"]
    assert code == 65


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ((), 65, "nothing to read"),
        (("no-such-file",), 66, "cannot be read"),
        (("-", "--text", "--asked", "proposal:A,,B"), 65, "option without a letter"),
    ],
)
def test_a_wrong_question_is_told(arguments: tuple[str, ...], code: int, why: str) -> None:
    exit_code, said = ask(*arguments, given="A")
    assert exit_code == code
    assert why in said
