"""`amends` as a manager's shell and other programs see it: output, one line a fault, exit codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.shop import MAILBOX, MANAGER, RING
from tests.desk.running import Desk
from tests.shop import (
    SUPERVISOR,
    VIEWER,
    Shop,
    open_shop,
)

ONE = "KS2026-001"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One case, asked for a proposal; the commands of this module change it one after another."""
    folder = tmp_path_factory.mktemp("desk")
    with open_shop(folder, f"sqlite:///{folder / 'amends.sqlite'}") as opened:
        opened.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
        assert opened.serve() == ()
        opened.ask_only_for("acknowledgment")  # the commands ask the real clock
        yield opened


@pytest.fixture(scope="module")
def desk(shop: Shop) -> Desk:
    return Desk(shop.config)


def facts(folder: Path, **given: Any) -> str:
    file = folder / "facts.json"
    file.write_text(json.dumps(given))
    return str(file)


def test_a_complaint_from_the_list_to_its_end(desk: Desk, shop: Shop, tmp_path: Path) -> None:
    """Every command that a manager needs, with what each prints."""
    (listed,) = desk.json("case", "list")
    assert (listed["number"], listed["state"], listed["contact"]) == (
        ONE,
        "registered",
        RING.address,
    )
    assert desk.json("case", "list", "--manager", "nobody") == []

    desk.json("case", "assign", ONE, SUPERVISOR, "--as", MANAGER)
    shown = desk.json("case", "set", ONE, "part_name=Ring", "--line", "1", "--as", MANAGER)
    assert (shown["manager"], shown["lines"][0]["part_name"]) == (SUPERVISOR, "Ring")
    assert desk.json("case", "set", ONE, "remark=a=b", "--as", MANAGER)["remark"] == "a=b"

    options = [{"letter": "A", "text": "M3 screws"}, {"letter": "B", "text": "a remake"}]
    proposal = facts(tmp_path, introduction="We are sorry.", options=options)
    words = ("letter", ONE, "--template", "solution_proposal", "--facts", proposal)
    preview = desk.json(*words, "--as", MANAGER)
    assert (preview["sent"], preview["letter"]) == (False, None)
    assert "M3 screws" in preview["text"]
    assert desk.json("outbox", "list") == []
    sent = desk.json(*words, "--as", MANAGER, "--send")
    assert sent["sent"]
    (waiting,) = desk.json("outbox", "list")
    assert (waiting["id"], waiting["delivery"]) == (sent["letter"], "queued")

    assert desk.run("serve", "--once").exit_code == 0
    shop.customer(RING).answer("What about the pieces here?")
    assert desk.run("serve", "--once").exit_code == 0
    (task,) = desk.tasks()
    assert (task["case"], task["kind"]) == (ONE, "read_reply")
    done = desk.json("decide", ONE, "choose", "--option", "B", "--why", "by phone", "--as", MANAGER)
    assert done["state"] == "in_progress"
    assert desk.tasks() == []
    assert len(desk.tasks("--all")) == 1

    told = desk.json("history", ONE, "--verify")
    assert (told["whole"], told["faults"]) == (True, [])
    assert {step["actor"] for step in told["history"]} >= {f"user:{MANAGER}", "system"}
    ended = desk.run("decide", ONE, "withdraw", "--why", "they called", "--as", MANAGER)
    assert ended.stdout == f"{ONE} is withdrawn\n"
    assert desk.json("case", "list") == []
    assert len(desk.json("case", "list", "--all")) == 1
    letters = {one["template"]: one["letter"] for one in desk.json("outbox", "list", "--all")}
    assert letters.pop("withdrawn") == "promised"  # the customer will be told
    assert set(letters.values()) == {"done"}


@pytest.mark.parametrize(
    "words",
    [
        ("case", "list", "--all"),
        ("case", "show", ONE),
        ("case", "show", ONE.lower()),
        ("task", "list", "--all"),
        ("outbox", "list", "--all"),
        ("history", ONE, "--verify"),
    ],
)
def test_what_people_read_fits_a_line_and_names_the_case(
    words: tuple[str, ...], desk: Desk
) -> None:
    result = desk.run(*words)
    assert result.exit_code == 0
    assert ONE in result.stdout or words[0] in ("outbox", "task")
    json.loads(desk.run(*words, "--json").stdout)


def test_a_task_ends_by_command(desk: Desk, shop: Shop) -> None:
    shop.customer(RING).write(MAILBOX, f"And {ONE}?", "Any news?")
    shop.serve()
    (task,) = desk.tasks()
    words = ("task", "resolve", str(task["id"]), "--how", "done", "--why", "told by phone")
    assert desk.run(*words, "--as", MANAGER).exit_code == 0
    assert desk.tasks() == []


def test_a_new_user_acts_at_once(desk: Desk) -> None:
    words = ("user", "add", "ann", "--full-name", "Ann Lee", "--email", "ann@parts.example")
    assert desk.run(*words).exit_code == 0
    assert desk.fault(*words) == (65, "amends: there is a user ann already; choose another name")
    desk.json("case", "assign", ONE, "ann", "--as", "ann")


def test_an_altered_row_is_found(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
        shop.serve()
        with sqlite3.connect(tmp_path / "amends.sqlite") as file:
            file.execute("UPDATE cases SET subject = 'Nothing'")
        file.close()
        result = Desk(shop.config).run("history", ONE, "--verify", "--json")
    assert result.exit_code == 76
    told = json.loads(result.stdout)
    assert not told["whole"]
    assert "subject differs" in told["faults"][0]


# --- faults of what was asked


def _faults_of_the_question(folder: Path) -> dict[tuple[str, ...], tuple[int, str]]:
    (folder / "no.json").write_text("{")
    (folder / "list.json").write_text("[1]")
    (folder / "latin.json").write_bytes(b'{"results": "\xe4"}')
    (folder / "empty.json").write_text("{}")
    letter = ("letter", ONE, "--template", "results", "--as", MANAGER, "--facts")
    no_case = "amends: there is no case KS2026-999; see `amends case list`"
    no_user = "amends: there is no user ghost; amends user add NAME"
    viewer = f"amends: {VIEWER} is a viewer and may not do this"
    return {
        ("case", "show", "KS2026-999"): (66, no_case),
        ("history", "KS2026-999"): (66, no_case),
        ("case", "set", "KS2026-999", "remark=x", "--as", MANAGER): (66, no_case),
        ("case", "set", ONE, "remark=x", "--as", "ghost"): (66, no_user),
        ("case", "assign", ONE, "ghost", "--as", MANAGER): (66, no_user),
        ("case", "set", ONE, "remark", "--as", MANAGER): (
            65,
            "amends: 'remark' is not FIELD=VALUE",
        ),
        ("case", "set", ONE, "remark=x", "--as", VIEWER): (77, viewer),
        ("case", "assign", ONE, MANAGER, "--as", VIEWER): (77, viewer),
        ("decide", ONE, "approve", "--why", "x", "--as", VIEWER): (77, viewer),
        ("decide", ONE, "approve", "--why", "x", "--as", MANAGER): (65, f"amends: {ONE} is "),
        ("task", "resolve", "7", "--how", "done", "--why", "x", "--as", MANAGER): (
            66,
            "amends: there is no task 7; see `amends task list`",
        ),
        (*letter, str(folder / "none.json")): (
            65,
            f"amends: {folder}/none.json cannot be read: No",
        ),
        (*letter, str(folder)): (65, f"amends: {folder} cannot be read: Is a directory"),
        (*letter, str(folder / "no.json")): (65, f"amends: {folder}/no.json is not JSON: "),
        (*letter, str(folder / "latin.json")): (65, f"amends: {folder}/latin.json is not JSON: "),
        (*letter, str(folder / "list.json")): (65, f"amends: {folder}/list.json holds no JSON obj"),
        (*letter, str(folder / "empty.json")): (65, "amends: the letter results needs results; "),
        (*letter[:3], "nothing", *letter[4:6]): (66, "amends: there is no letter nothing; use one"),
    }


def test_one_line_and_an_exit_code_for_every_wrong_question(desk: Desk, tmp_path: Path) -> None:
    for words, (code, said) in _faults_of_the_question(tmp_path).items():
        told_code, line = desk.fault(*words)
        assert (told_code, line[: len(said)]) == (code, said), words
        if "cannot be read" not in line:
            assert ";" in line, f"no mend: {line}"
