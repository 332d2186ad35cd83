"""`amends doctor`: every mistake is named with its mend, and nothing is changed by looking."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.business_time import CalendarSettings
from config.confirmed import unconfirmed
from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX
from desk.cli import main
from service.doctor import Line, worst
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import free_port
from tests.servers.smtp_sink import SmtpSink
from tests.shop import PASSWORD, Shop, write_config

# The disk of a test machine may be full of other things.
ROOMY = "\n[health]\nfree_mb = 0\nfree_percent = 0\n"


def configuration(
    folder: Path, server: EmbeddedMail, change: Callable[[str], str] = str, **rest: Any
) -> Path:
    url = f"sqlite:///{folder / 'amends.sqlite'}"
    ports = {"imap_port": server.imap_port, "smtp_port": server.smtp_port, **rest}
    return write_config(folder, url, **ports, change=lambda text: change(text) + ROOMY)


def doctor(config: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    ran = CliRunner().invoke(main, ["--config", str(config), "doctor", "--json", *words])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert PASSWORD not in ran.output
    return ran.exit_code, json.loads(ran.stdout)


def faults(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["part"]: f"{line['what']}; {line['mend']}" for line in lines if not line["ok"]}


@pytest.fixture
def server() -> Any:
    with EmbeddedMail({MAILBOX: PASSWORD}) as mail:
        yield mail


def test_all_is_well_and_nothing_was_changed(tmp_path: Path, server: EmbeddedMail) -> None:
    config = configuration(tmp_path, server)
    before = {path.name for path in tmp_path.iterdir()}
    code, lines = doctor(config)
    assert (code, faults(lines)) == (0, {})
    parts = {line["part"] for line in lines}
    assert parts >= {
        "configuration",
        "letters",
        "database",
        "evidence",
        "calendar default",
        "mailbox complaints",
        "smtp",
        "desk",
    }
    assert {path.name for path in tmp_path.iterdir()} == before
    assert server.received == ()


def test_the_database_is_as_before(sqlite_shop: Shop) -> None:
    path = sqlite_shop.w.db.url.database or ""
    with sqlite3.connect(path) as one:
        before = list(one.iterdump())
    one.close()
    _, lines = doctor(sqlite_shop.config)
    assert any("can be written, schema" in line["what"] for line in lines)
    assert "database" not in faults(lines)
    with sqlite3.connect(path) as one:
        assert list(one.iterdump()) == before
    one.close()


def test_dovecot_and_a_relay_with_log_in(tmp_path: Path, dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()

    def change(text: str) -> str:
        return text.replace(MAILBOX, user)

    with SmtpSink() as sink:
        url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
        config = write_config(
            tmp_path,
            url,
            imap_port=dovecot.imap_port,
            smtp_port=sink.port,
            change=lambda text: change(text) + ROOMY,
        )
        (tmp_path / "mailbox.password").write_text("secret")
        code, lines = doctor(config)
    assert (code, faults(lines)) == (0, {})
    told = " ".join(line["what"] for line in lines if line["part"].startswith("mailbox"))
    assert "IDLE works" in told
    assert "may be marked, UIDVALIDITY" in told


def test_send_finds_out_whether_plus_addresses_arrive(tmp_path: Path, server: EmbeddedMail) -> None:
    config = configuration(tmp_path, server)
    code, lines = doctor(config, "--send")
    assert (code, faults(lines)) == (0, {})
    (mail,) = server.received
    assert mail.recipients[0].startswith("complaints+")
    assert any("with a plus address" in line["what"] for line in lines)


@pytest.mark.parametrize(
    ("received_by", "words"),
    [("mx.parts.example", "stays in the mail and is not believed"), ("", "no Authentication-")],
)
def test_send_tries_a_forged_verdict(
    received_by: str, words: str, tmp_path: Path, server: EmbeddedMail
) -> None:
    trust = f'trusted_authserv_ids = ["{received_by}"]\ntrusted_received_by = ["{received_by}"]\n'
    config = configuration(
        tmp_path,
        server,
        lambda text: text.replace("poll_seconds", f"{trust if received_by else ''}poll_seconds", 1),
    )
    code, lines = doctor(config, "--send")
    assert (code, faults(lines)) == (0, {})
    assert any(words in line["what"] for line in lines)
    assert (b"dmarc=fail" in server.received[0].raw) == bool(received_by)


@pytest.mark.parametrize(
    ("change", "part", "words", "code"),
    [
        (lambda t: t.replace("[company]", "[company]\ncolour = 1"), "configuration", "colour", 78),
        (lambda t: t.replace("mailbox.password", "no.password"), "configuration", "password", 78),
        (lambda t: t.replace('user = "', 'folder = "Nowhere"\nuser = "'),
         "mailbox complaints", "folder Nowhere does not exist", 78),
        (lambda t: t.replace('security = "plain"\nuser', 'security = "starttls"\nuser'),
         "mailbox complaints", "STARTTLS", 78),
        (lambda t: t.replace('subdivision = "BY"', "").replace('"DE"', '"CN"'), None, "", 0),
    ],
)  # fmt: skip
def test_each_mistake_is_named(
    tmp_path: Path,
    server: EmbeddedMail,
    change: Callable[[str], str],
    part: str | None,
    words: str,
    code: int,
) -> None:
    found, lines = doctor(configuration(tmp_path, server, change))
    assert found == code
    if part:
        assert words in faults(lines)[part]


def test_servers_that_are_away_or_refuse(tmp_path: Path, server: EmbeddedMail) -> None:
    config = configuration(tmp_path, server, imap_port=free_port(), smtp_port=free_port())
    code, lines = doctor(config)
    assert code == 75
    assert set(faults(lines)) == {"mailbox complaints", "smtp"}
    config = configuration(tmp_path, server)
    (tmp_path / "mailbox.password").write_text("CANARY-wrong")
    code, lines = doctor(config)
    assert (code, set(faults(lines))) == (77, {"mailbox complaints"})
    assert "CANARY-wrong" not in str(lines)


def test_a_port_that_is_taken(tmp_path: Path, server: EmbeddedMail) -> None:
    def change(text: str) -> str:
        return text.replace("[desk]\nport = 0", f"[desk]\nport = {server.smtp_port}")

    code, lines = doctor(configuration(tmp_path, server, change))
    assert code == 75
    assert "cannot be used" in faults(lines)["desk"]


def test_a_mail_from_the_future_shows_a_wrong_clock(tmp_path: Path) -> None:
    def ahead() -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)

    with EmbeddedMail({MAILBOX: PASSWORD}, clock=ahead) as server:
        server.deliver(MAILBOX, b"Subject: x\r\n\r\nx\r\n")
        code, lines = doctor(configuration(tmp_path, server))
    assert code == 78
    assert "arrives in the future" in faults(lines)["mailbox complaints"]


def test_years_that_are_not_announced_are_not_confirmed() -> None:
    china = CalendarSettings(country="CN")
    assert unconfirmed(china, (2024, 2025)) == {}
    assert list(unconfirmed(china, (2045,))) == [2045]
    assert unconfirmed(CalendarSettings(country="DE", subdivision="BY"), (2024, 2045)) == {}
    assert unconfirmed(CalendarSettings(), (2045,)) == {}


def test_what_must_be_mended_goes_before_what_may_heal() -> None:
    lines = [Line("a", "x"), Line("b", "x", exit_code=75), Line("c", "x", exit_code=77)]
    assert worst(lines) == 77
    assert worst(lines[:2]) == 75
    assert worst(lines[:1]) == 0
    assert str(lines[0]) == "ok     a: x"
    assert str(Line("b", "x", "mend it", 75)) == "fault  b: x; mend it"
