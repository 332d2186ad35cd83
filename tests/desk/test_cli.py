"""`amends` as a manager's shell and other programs see it: output, one line a fault, exit codes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, MANAGER, RING
from desk.cli import main
from service import wiring
from tests.servers.process import free_port
from tests.shop import (
    PASSWORD,
    SUPERVISOR,
    VIEWER,
    Shop,
    letters_once,
    open_shop,
    write_config,
)

ONE = "KS2026-001"


class Desk:
    """Runs `amends` inside this process."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.runner = click.testing.CliRunner()

    def run(self, *words: str) -> click.testing.Result:
        with pytest.MonkeyPatch.context() as patch:
            # Compiled once a folder, not once a command (1 s); the words are the same.
            patch.setattr(wiring, "letters", letters_once)
            result = self.runner.invoke(main, ("--config", str(self.config), *words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        assert PASSWORD not in result.output
        return result

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def tasks(self, *words: str) -> list[dict[str, Any]]:
        """The tasks but for late clocks: the mails are of another year than the commands."""
        found = self.json("task", "list", *words)
        return [one for one in found if one["kind"] != "clock_breached"]

    def fault(self, *words: str) -> tuple[int, str]:
        """The exit code and the one line that was told."""
        result = self.run(*words)
        assert result.stdout == ""
        lines = [x for x in result.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", x)]
        assert len(lines) == 1, result.stderr
        assert "Traceback" not in result.stderr
        return result.exit_code, lines[0]


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


# --- faults of the house


def spoilt(folder: Path, old: str, new: str, *, imap_port: int = 1, smtp_port: int = 1) -> Desk:
    url = f"sqlite:///{folder / 'amends.sqlite'}"

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return Desk(write_config(folder, url, imap_port=imap_port, smtp_port=smtp_port, change=change))


def test_no_configuration(tmp_path: Path) -> None:
    code, line = Desk(tmp_path / "none.toml").fault("case", "list")
    assert code == 78
    assert line.startswith(f"{tmp_path}/none.toml: cannot be read (No such file or directory); ")


def test_wrong_configuration_is_told_wholly(tmp_path: Path) -> None:
    desk = spoilt(tmp_path, "poll_seconds = 5", "poll_seconds = 0\npol_seconds = 5")
    result = desk.run("serve", "--once")
    assert result.exit_code == 78
    assert len(result.stderr.splitlines()) == 2
    assert "mailbox[0].poll_seconds must be" in result.stderr
    assert "pol_seconds" in result.stderr


def test_a_password_in_the_configuration_is_refused_and_not_repeated(tmp_path: Path) -> None:
    desk = spoilt(tmp_path, 'password_file = "mailbox.password"', f'password = "{PASSWORD}"')
    result = desk.run("case", "list")  # `run` looks for the password in all output
    assert result.exit_code == 78
    assert "password" in result.stderr


def test_plain_only_if_the_configuration_says_so(tmp_path: Path) -> None:
    with EmbeddedMail({MAILBOX: PASSWORD}) as server:
        desk = spoilt(tmp_path, 'security = "plain"\n', "", imap_port=server.imap_port)
        code, line = desk.fault("serve", "--once")
    assert code in (75, 78)
    assert line.startswith("amends: mailbox complaints: ")
    assert "TLS" in line or "tls" in line


def test_a_broken_template_of_the_company(tmp_path: Path) -> None:
    own = tmp_path / "own" / "en"
    own.mkdir(parents=True)
    (own / "closing.md").write_text(
        '+++\nsubject = "Closed"\nautomatic = true\n+++\nDear {{ custmer.name }}\n'
    )
    desk = spoilt(tmp_path, 'manager = "li"', 'manager = "li"\ntemplates = "own"')
    code, line = desk.fault("serve", "--once")
    assert code == 78
    assert re.search(r"own/en/closing\.md:\d+: 'custmer' is undefined; use one of ", line)


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    desk = spoilt(tmp_path, "[log]", "[log]")
    assert desk.run("case", "list").exit_code == 0
    with sqlite3.connect(tmp_path / "amends.sqlite") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    code, line = desk.fault("serve", "--once")
    assert code == 78
    assert "has schema 9999, which this version does not know; run the newer version" in line


def test_a_database_in_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = spoilt(tmp_path, "amends.sqlite", "file/amends.sqlite")
    code, line = desk.fault("case", "list")
    assert code == 78
    assert "cannot be made" in line


def test_a_postgresql_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://amends@127.0.0.1:{free_port()}/amends"
    config = write_config(tmp_path, url, imap_port=1, smtp_port=1)
    code, line = Desk(config).fault("case", "list")
    assert code == 75
    assert "does not answer" in line


def test_a_second_service_on_the_same_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    with open_shop(tmp_path, url) as shop, shop.w.db.only_daemon():
        code, line = Desk(shop.config).fault("serve", "--once")
    assert code == 75
    assert "another amends serve works on" in line
    assert "; stop it" in line


# --- faults of the mail servers


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('user = "complaints', 'user = "nobody', 77, "the log-in was refused"),
        ("timeout_seconds = 5", 'timeout_seconds = 5\nfolder = "Klagen"', 78, "folder Klagen"),
        ('security = "plain"', 'security = "starttls"', 78, "STARTTLS"),
    ],
)
def test_a_mailbox_that_must_be_mended(
    old: str, new: str, code: int, said: str, tmp_path: Path
) -> None:
    with EmbeddedMail({MAILBOX: PASSWORD}) as server:
        desk = spoilt(tmp_path, old, new, imap_port=server.imap_port, smtp_port=server.smtp_port)
        told, line = desk.fault("serve", "--once")
    assert told == code
    assert line.startswith("amends: mailbox complaints: ")
    assert said in line
    assert ";" in line


def test_a_wrong_password_is_not_repeated(tmp_path: Path) -> None:
    with EmbeddedMail({MAILBOX: "another"}) as server:
        desk = spoilt(tmp_path, "[log]", "[log]", imap_port=server.imap_port)
        code, line = desk.fault("serve", "--once")
    assert code == 77
    assert "mend mailbox.user or the mailbox password" in line


def test_without_imap_the_outbox_leaves_all_the_same(tmp_path: Path) -> None:
    with open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop:
        shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
        shop.serve()
        shop.confirm(ONE)
        options = [{"letter": "A", "text": "a remake"}]
        shop.letter(ONE, "solution_proposal", introduction="We are sorry.", options=options)
        text = shop.config.read_text()
        shop.config.write_text(
            text.replace(f"port = {shop.server.imap_port}", f"port = {free_port()}", 1)
        )
        code, line = Desk(shop.config).fault("serve", "--once")
        assert code == 75
        assert line.startswith("amends: mailbox complaints: ")
        assert len(shop.customer(RING).subjects()) == 2


def test_without_smtp_the_letter_waits_and_it_is_told(tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path / 'amends.sqlite'}", free_port()
    with open_shop(tmp_path, url, smtp_port=port) as shop:
        shop.customer(RING).write(MAILBOX, "Thread too wide", "It measures 2.5 mm.")
        code, line = Desk(shop.config).fault("serve", "--once")
        assert code == 75
        assert line.startswith(f"amends: outbox: 127.0.0.1:{port} is not reached")
        assert shop.case(ONE.replace("2026", shop.numbers()[0][2:6]))["state"] == "registered"
