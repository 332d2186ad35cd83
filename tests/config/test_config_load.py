"""What a good configuration becomes: defaults, usual ports, absolute paths, secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.errors import ConfigError
from config.load import load
from config.secrets import secrets_of
from config.settings import Settings

SMALLEST = """
[company]
name = "Example Parts Ltd"

[[mailbox]]
name = "complaints"
address = "Complaints@Example.com"
host = "imap.example.com"
user = "complaints"
password_env = "IMAP_PASSWORD"

[smtp]
host = "smtp.example.com"
"""
ENVIRON = {"IMAP_PASSWORD": "horse", "SMTP_PASSWORD": "battery", "DB_PASSWORD": "staple"}


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "amends.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, ENVIRON)


def test_defaults(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALLEST)
    company, (mailbox,) = settings.company, settings.mailbox
    assert (company.language, company.languages) == ("en", ("en", "de", "zh"))
    assert (company.timezone, company.numbers) == ("UTC", "KS{year}-{seq:03}")
    assert (company.rejection, company.reopen_days) == ("new_case", 10)
    assert (company.calendar, company.manager, company.templates) == ("default", "", None)
    assert company.responsible_parties[0] == "Sales"
    assert list(settings.calendar) == ["default"]
    assert (mailbox.security, mailbox.folder, mailbox.poll_seconds) == ("tls", "INBOX", 60)
    assert (mailbox.timeout_seconds, mailbox.plus_addressing) == (45, True)
    assert (settings.smtp.security, settings.smtp.user) == ("tls", "")
    assert (settings.outbox.lease_seconds, settings.log.level) == (300, "info")


def test_addresses_are_in_small_letters(tmp_path: Path) -> None:
    text = SMALLEST.replace('host = "imap', 'aliases = ["QM@Example.com"]\nhost = "imap')
    (mailbox,) = loaded(tmp_path, text).mailbox
    assert (mailbox.address, mailbox.aliases) == ("complaints@example.com", ("qm@example.com",))


@pytest.mark.parametrize(
    ("security", "imap", "smtp"),
    [("tls", 993, 465), ("starttls", 143, 587), ("plain", 143, 25)],
)
def test_usual_ports(tmp_path: Path, security: str, imap: int, smtp: int) -> None:
    text = SMALLEST.replace('com"\nuser', f'com"\nsecurity = "{security}"\nuser')
    settings = loaded(tmp_path, f'{text}security = "{security}"\n')
    assert (settings.mailbox[0].port, settings.smtp.port) == (imap, smtp)


def test_a_written_port_stays(tmp_path: Path) -> None:
    assert loaded(tmp_path, f"{SMALLEST}port = 2525\n").smtp.port == 2525


def test_paths_are_meant_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc" / "letters").mkdir(parents=True)
    (tmp_path / "etc" / "ca.pem").touch()
    secret = tmp_path / "etc" / "imap.secret"
    secret.write_text("horse\n")
    secret.chmod(0o600)
    text = SMALLEST.replace('password_env = "IMAP_PASSWORD"', 'password_file = "imap.secret"')
    text = text.replace("[[mailbox]]", 'templates = "letters"\n[[mailbox]]') + 'ca_file = "ca.pem"'
    (tmp_path / "etc" / "amends.toml").write_text(text)
    monkeypatch.chdir(tmp_path)

    settings = load(Path("etc/amends.toml"), {})

    assert settings.company.templates == tmp_path / "etc" / "letters"
    assert settings.evidence.folder == tmp_path / "etc" / "evidence"
    assert settings.database.url == f"sqlite:///{tmp_path}/etc/amends.db"
    assert settings.mailbox[0].password_file == secret
    assert settings.smtp.ca_file == tmp_path / "etc" / "ca.pem"
    assert secrets_of(settings, {}).mailboxes["complaints"].reveal() == "horse"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    extra = '[evidence]\nfolder = "/srv/evidence"\n[database]\nurl = "sqlite:////srv/amends.db"\n'
    settings = loaded(tmp_path, SMALLEST + extra)
    assert settings.evidence.folder == Path("/srv/evidence")
    assert settings.database.url == "sqlite:////srv/amends.db"


def test_secrets_of_every_login(tmp_path: Path) -> None:
    text = f"""{SMALLEST}
user = "complaints"
password_env = "SMTP_PASSWORD"
[database]
url = "postgresql+psycopg://amends@db.example.com:5433/amends"
password_env = "DB_PASSWORD"
"""
    settings = loaded(tmp_path, text)
    secrets = secrets_of(settings, ENVIRON)
    assert secrets.database is not None
    assert secrets.smtp is not None
    assert secrets.database.reveal() == "staple"
    assert secrets.smtp.reveal() == "battery"
    assert secrets.mailboxes["complaints"].reveal() == "horse"
    assert "staple" not in repr(secrets) + repr(settings)
    with pytest.raises(ConfigError) as caught:
        secrets_of(settings, {})
    assert [line.split(" ")[0] for line in caught.value.problems] == [
        "database.password_env",
        "mailbox[0].password_env",
        "smtp.password_env",
    ]


def test_no_login_needs_no_secret(tmp_path: Path) -> None:
    secrets = secrets_of(loaded(tmp_path, SMALLEST), ENVIRON)
    assert (secrets.database, secrets.smtp) == (None, None)


def test_several_mailboxes_and_calendars(tmp_path: Path) -> None:
    second = SMALLEST[SMALLEST.index("[[mailbox]]") : SMALLEST.index("[smtp]")]
    second = second.replace('name = "complaints"', 'name = "works"').replace("Complaints@", "w@")
    calendar = '[calendar.default]\n[calendar.de-by]\ncountry = "DE"\nsubdivision = "BY"\n'
    settings = loaded(tmp_path, SMALLEST + second + calendar)
    assert [mailbox.name for mailbox in settings.mailbox] == ["complaints", "works"]
    assert settings.calendar["de-by"].subdivision == "BY"


def test_settings_never_change(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SMALLEST)
    with pytest.raises(ValidationError):
        settings.company.__setattr__("name", "Other Ltd")


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + SMALLEST).company.name == "Example Parts Ltd"


@pytest.mark.parametrize(
    ("name", "why"), [("absent.toml", "No such file or directory"), ("", "Is a directory")]
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, why: str) -> None:
    path = tmp_path / name
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.problems == (
        f"{path}: cannot be read ({why}); write the path of the configuration file",
    )
