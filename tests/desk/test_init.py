"""`amends init`: a configuration that loads, and no file is ever written over."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from config.load import load
from config.manual import example
from desk.cli import main

ANSWERS = (
    "Muster & Söhne",
    "Europe/Berln",  # a typing mistake is told, and asked again
    "Europe/Berlin",
    "complaints@muster.example",
    "imap.muster.example",
    "",  # the address
    "",  # the IMAP server
    "relay",
    "half a day",  # told, and asked again
    "12 business hours",
    "",
    "",  # a file
    "variable",
    "RELAY_PASSWORD",
)


def init(*words: str, answers: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, ["init", *words], input="".join(f"{a}\n" for a in answers))


def test_the_answers_stand_in_a_file_that_loads(tmp_path: Path) -> None:
    file = tmp_path / "amends.toml"
    ran = init(str(file), answers=ANSWERS)
    assert ran.exit_code == 0, ran.output
    assert "company.timezone must" in ran.output
    (tmp_path / "imap.password").write_text("horse")
    (tmp_path / "imap.password").chmod(0o600)
    settings = load(file, {"RELAY_PASSWORD": "battery"})
    box = settings.mailbox[0]
    assert settings.company.name == "Muster & Söhne"
    assert settings.company.timezone == "Europe/Berlin"
    assert (box.address, box.user) == ("complaints@muster.example",) * 2
    assert box.password_file == tmp_path / "imap.password"
    assert settings.terms.agreed["proposal.time"] == "12 business hours"
    assert (settings.smtp.host, settings.smtp.user) == ("imap.muster.example", "relay")
    comments = [line for line in file.read_text().splitlines() if line.startswith("#")]
    assert comments == [line for line in example().splitlines() if line.startswith("#")]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "amends.toml"
    file.write_text("mine")
    ran = init(str(file), "--defaults")
    assert ran.exit_code == 65
    assert "is there already" in ran.output
    assert file.read_text() == "mine"
    assert init(str(tmp_path / "no" / "folder.toml"), "--defaults").exit_code == 65


def test_defaults_ask_nothing(tmp_path: Path) -> None:
    file = tmp_path / "amends.toml"
    ran = init(str(file), "--defaults")
    assert ran.exit_code == 0
    assert file.read_text() == example()
    assert f"amends --config {file} doctor" in ran.output


def test_an_answer_that_never_comes_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "amends.toml"
    assert init(str(file), answers=ANSWERS[:3]).exit_code == 1
    assert not file.exists()
