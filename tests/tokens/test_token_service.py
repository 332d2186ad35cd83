"""The service on a mailbox and a relay that take tokens only: it goes on when they end."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner

from config.log_in import LogIn
from config.secrets import Secret, Secrets
from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX
from desk.cli import main
from service.daemon import Daemon, _drain
from service.registrar import register_waiting
from service.tokens.google import begin_consent
from service.watching import Watch
from service.way_out import carrier
from service.wiring import Wiring
from tests.dovecot_shop import RealMailbox, mail
from tests.servers.dovecot import PrivateDovecot
from tests.servers.smtp_sink import SmtpSink
from tests.servers.token_server import CLIENT, SECRET, TENANT, TokenServer
from tests.shop import PASSWORD, Shop, open_shop, write_config

ROOMY = "\n[health]\nfree_mb = 0\nfree_percent = 0\n"


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        threading.Event().wait(0.02)


def by_tokens(w: Wiring, provider: TokenServer) -> Wiring:
    """The same service, with tokens instead of passwords."""
    log_in = LogIn.model_validate(
        {
            "flow": "microsoft-client-credentials",
            "tenant": TENANT,
            "client_id": CLIENT,
            "authority": provider.authority,
            "ca_file": str(provider.certificate.ca),
        }
    )
    box = w.settings.mailbox[0].model_copy(update={"log_in": "office", "backoff_seconds": 0.05})
    smtp = w.settings.smtp.model_copy(update={"log_in": "office", "user": MAILBOX})
    changed = {"mailbox": (box,), "smtp": smtp, "log_in": {"office": log_in}}
    secrets = Secrets(log_ins={"office": Secret(SECRET)})
    return replace(w, settings=w.settings.model_copy(update=changed), secrets=secrets)


@pytest.mark.dovecot
def test_the_service_goes_on_when_the_token_ends_during_idle(
    tmp_path: Path, provider: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    if not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")
    provider.user = MAILBOX
    here = PrivateDovecot({MAILBOX: PASSWORD}, introspection=f"{provider.url}/introspect")

    def check(user: str, token: str) -> str:
        known = provider.tokens.get(token, ("", ""))[0]
        return "" if user == known else "535 5.7.3 Authentication unsuccessful"

    with here as dovecot, SmtpSink(tokens=check) as relay:
        ports = SimpleNamespace(imap_port=dovecot.imap_port, smtp_port=relay.port)
        server = cast(EmbeddedMail, ports)
        with open_shop(tmp_path, f"sqlite:///{tmp_path / 'a.sqlite'}", server=server) as shop:
            _play(replace(shop, w=by_tokens(shop.w, provider)), dovecot, relay, provider)
    assert "CANARY" not in caplog.text


def _play(shop: Shop, dovecot: PrivateDovecot, relay: SmtpSink, provider: TokenServer) -> None:
    mailbox, daemon = RealMailbox(dovecot), Daemon(shop.w)
    watch = Watch(shop.w, shop.w.settings.mailbox[0])
    thread = threading.Thread(target=daemon._watch, args=(watch,))
    thread.start()
    try:
        for number in (1, 2):
            wait_until(lambda: bool(watch._box and watch._box._idles))
            if number == 2:
                # As Exchange does it: BYE, and the token is worth nothing any more.
                provider.end_tokens()
                dovecot.stop()
                dovecot.start()
            mailbox.put(mail(number))
            wait_until(lambda n=number: len(shop.rows("sightings")) == n)  # type: ignore[misc]  # mypy: lambda
            register_waiting(shop.w)
            assert asyncio.run(_drain(shop.w, carrier(shop.w))) == []
            assert len(relay.received) == number
    finally:
        daemon.stopping.set()
        watch.wake()
        thread.join(20)
    assert not thread.is_alive()
    assert len(shop.numbers()) == 2
    assert len(provider.asked) == 2  # mailbox and relay share the tokens


# --- amends log-in, amends doctor


def configuration(folder: Path, flow: str, provider: TokenServer, **ports: int) -> Path:
    log_in = (
        f'\n[log_in.office]\nflow = "{flow}"\ntenant = "{TENANT}"\nclient_id = "{CLIENT}"\n'
        f'authority = "{provider.authority}"\nca_file = "{provider.certificate.ca}"\n'
        'token_file = "office.token"\ntimeout_seconds = 5\n'
    )
    if flow == "google-installed-app":
        provider.desktop_client(folder / "secret")
        log_in += 'secret_file = "secret"\n'
    if flow == "microsoft-client-credentials":
        (folder / "secret").touch(mode=0o600)
        (folder / "secret").write_text(SECRET)
        log_in += 'secret_file = "secret"\n'

    def change(text: str) -> str:
        text = text.replace('password_file = "mailbox.password"', 'log_in = "office"')
        smtp = f'[smtp]\nlog_in = "office"\nuser = "{MAILBOX}"'
        return text.replace(MAILBOX, provider.user).replace("[smtp]", smtp) + log_in + ROOMY

    given: dict[str, int] = {"imap_port": 1, "smtp_port": 1} | ports
    url = f"sqlite:///{folder / 'amends.sqlite'}"
    return write_config(folder, url, change=change, **given)  # type: ignore[arg-type]  # ports by name


def run(config: Path, *words: str, typed: str = "") -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["--config", str(config), *words], input=typed)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert "CANARY" not in ran.output
    return ran.exit_code, ran.output


def test_a_person_consents_by_a_code(tmp_path: Path, provider: TokenServer) -> None:
    config = configuration(tmp_path, "microsoft-device-code", provider)
    code, said = run(config, "log-in", "complaints")
    assert code == 0, said
    assert "enter ABCD1234" in said
    assert (tmp_path / "office.token").stat().st_mode & 0o777 == 0o600
    assert "nobody" in run(config, "log-in", "nobody")[1]


def test_a_person_consents_in_a_browser(
    tmp_path: Path, provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configuration(tmp_path, "google-installed-app", provider)
    address = ""

    def begun(*words: Any) -> Any:
        nonlocal address
        consent = begin_consent(*words)
        address = provider.consent_at(consent.url)
        return consent

    monkeypatch.setattr("service.tokens.consent.begin_consent", begun)
    monkeypatch.setattr("click.prompt", lambda *words, **options: address)
    code, said = run(config, "log-in", "complaints")
    assert code == 0, said
    assert "/auth?client_id=" in said
    address_of_another_try = address.replace("state=", "state=other")
    monkeypatch.setattr("click.prompt", lambda *words, **options: address_of_another_try)
    assert run(config, "log-in", "complaints")[0] == 65
    refused = "http://127.0.0.1:1/?error=access_denied"
    monkeypatch.setattr("click.prompt", lambda *words, **options: refused)
    code, said = run(config, "log-in", "complaints")
    assert code == 78
    assert "every box ticked" in said


def test_only_persons_consent(tmp_path: Path, provider: TokenServer) -> None:
    config = configuration(tmp_path, "microsoft-client-credentials", provider)
    assert run(config, "log-in", "complaints")[0] == 65


def test_the_doctor_names_the_console(
    tmp_path: Path, provider: TokenServer, oauth_dovecot: PrivateDovecot
) -> None:
    provider.user = oauth_dovecot.fresh_user()
    with SmtpSink(tokens=lambda user, token: "") as relay:
        ports = {"imap_port": oauth_dovecot.imap_port, "smtp_port": relay.port}
        config = configuration(tmp_path, "microsoft-client-credentials", provider, **ports)
        code, lines = _doctor(config)
        assert (code, [line for line in lines if not line["ok"]]) == (0, [])
        assert len(provider.asked) == 1
        for _ in range(4):
            provider.refuse("invalid_client", "AADSTS7000222: The secret keys are expired.")
        code, lines = _doctor(config)
    bad = {line["part"]: f"{line['what']}; {line['mend']}" for line in lines if not line["ok"]}
    assert set(bad) == {"mailbox complaints", "smtp"}
    assert all("Certificates & secrets > New client secret" in said for said in bad.values())
    assert code == 77


def _doctor(config: Path) -> tuple[int, list[dict[str, Any]]]:
    ran = CliRunner().invoke(main, ["--config", str(config), "doctor", "--json"])
    assert "CANARY" not in ran.output
    return ran.exit_code, json.loads(ran.stdout)
