"""What `amends` says when the house or a mail server fails: one line, an exit code, a mend."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, RING
from tests.desk.running import Desk
from tests.servers.process import free_port
from tests.shop import (
    PASSWORD,
    open_shop,
    write_config,
)

ONE = "KS2026-001"


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
