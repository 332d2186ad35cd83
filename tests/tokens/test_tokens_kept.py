"""When a token is fetched, and what the words of providers and servers mean."""

from __future__ import annotations

import base64
import json
import stat
import threading
from pathlib import Path

import pytest

from cases.errors import NeedsMending, TryLater
from config.load import load
from service.tokens.advice import Refusal, advice, google_mend, microsoft_mend
from service.tokens.consent_file import read_consent, write_consent
from service.tokens.kept import Issued, KeptTokens
from tests.manual import blocks, text_of

APPLICATION = "microsoft-client-credentials"


class Provider:
    """Counts; `error` is raised instead of an answer."""

    def __init__(self, seconds: float = 3600.0) -> None:
        self.seconds, self.asked, self.now = seconds, 0, 0.0
        self.error: Exception | None = None

    def fetch(self) -> Issued:
        if self.error:
            raise self.error
        self.asked += 1
        return Issued(f"token-{self.asked}", self.seconds)

    def tokens(self) -> KeptTokens:
        return KeptTokens(self.fetch, lambda said, token: "", monotonic=lambda: self.now)


@pytest.mark.parametrize(("seconds", "early"), [(3600.0, 300.0), (100.0, 20.0)])
def test_a_token_is_renewed_before_it_ends(seconds: float, early: float) -> None:
    provider = Provider(seconds)
    tokens = provider.tokens()
    assert tokens.token() == tokens.token() == "token-1"
    provider.now = seconds - early - 1
    assert tokens.token() == "token-1"
    provider.now = seconds - early
    assert tokens.token() == "token-2"


def test_a_provider_that_is_away_takes_no_good_token_away() -> None:
    provider = Provider()
    tokens = provider.tokens()
    tokens.token()
    provider.now, provider.error = 3400.0, TryLater("away")
    assert tokens.token() == "token-1"
    provider.now = 3600.0
    with pytest.raises(TryLater):
        tokens.token()


def test_a_refused_token_is_renewed_once_for_all_who_had_it() -> None:
    provider = Provider()
    tokens = provider.tokens()
    first, got = tokens.token(), []
    threads = [threading.Thread(target=lambda: got.append(tokens.renew(first))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(got) == {"token-2"}
    assert provider.asked == 2


def test_a_token_is_in_no_repr() -> None:
    tokens = Provider().tokens()
    tokens.token()
    assert "token-1" not in repr(tokens)
    assert "x" not in repr(Issued("x", 1)).replace("Issued", "")


# --- the file of a consent


def test_a_consent_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "office.token"
    with pytest.raises(NeedsMending, match="amends log-in"):
        read_consent(file, "google-installed-app")
    write_consent(file, "google-installed-app", "one")
    write_consent(file, "google-installed-app", "two")
    assert read_consent(file, "google-installed-app") == "two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["office.token"]
    with pytest.raises(NeedsMending, match="no consent for microsoft-device-code"):
        read_consent(file, "microsoft-device-code")
    file.chmod(0o640)
    with pytest.raises(NeedsMending, match="chmod 600"):
        read_consent(file, "google-installed-app")
    file.chmod(0o600)
    file.write_text("CANARY")
    with pytest.raises(NeedsMending) as told:
        read_consent(file, "google-installed-app")
    assert "CANARY" not in str(told.value)


# --- what words mean


@pytest.mark.parametrize(
    ("said", "click"),
    [
        ("invalid_client: AADSTS7000222: The provided client secret keys are expired.",
         "has expired"),
        ("invalid_client: AADSTS7000215: Invalid client secret provided.", "not its Secret ID"),
        ("invalid_client: AADSTS7000218: The request body must contain", "public client flows"),
        ("unauthorized_client: AADSTS700016: Application was not found in the directory",
         "log_in.client_id"),
        ("AADSTS90002: Tenant not found", "log_in.tenant"),
        ("invalid_grant: AADSTS65001: The user or administrator has not consented",
         "Grant admin consent"),
        ("invalid_grant: AADSTS50173: The provided grant has expired due to it being revoked",
         "amends log-in"),
        ("invalid_grant: AADSTS700082: The refresh token has expired due to inactivity.",
         "amends log-in"),
        ("invalid_grant: AADSTS70008: the refresh token has expired", "amends log-in"),
        ("access_denied: AADSTS53003: Access has been blocked by Conditional Access policies.",
         "Conditional Access"),
        ("invalid_scope: AADSTS70011: The provided value for scope is not valid", "log_in.scopes"),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
         "Tenant.", "Set-CASMailbox"),
        ("535 5.7.139 user is locked by your organization's security defaults policy",
         "security defaults"),
        ("User is authenticated but not connected.", "Add-MailboxPermission"),
        ("something new", ""),
    ],
)  # fmt: skip
def test_microsofts_words(said: str, click: str) -> None:
    assert click in microsoft_mend(said, "microsoft-device-code")
    assert bool(click) == bool(microsoft_mend(said, "microsoft-device-code"))


@pytest.mark.parametrize(
    ("said", "flow", "click"),
    [
        ("unauthorized_client: Client is unauthorized to retrieve access tokens using this method, "
         "or client not authorized for any of the scopes requested.", "google-service-account",
         "domain-wide delegation"),
        ("invalid_grant: Invalid email or User ID", "google-service-account", "primary address"),
        ("invalid_grant: Invalid JWT Signature.", "google-service-account", "Keys"),
        ("invalid_grant: Invalid JWT: Token must be a short-lived token", "google-service-account",
         "clock"),
        ("invalid_grant: Token has been expired or revoked.", "google-installed-app",
         "Publish app"),
        ("deleted_client: The OAuth client was deleted.", "google-installed-app", "Desktop app"),
        ("admin_policy_enforced", "google-installed-app", "App access control"),
        ("access_denied", "google-installed-app", "every box ticked"),
    ],
)  # fmt: skip
def test_googles_words(said: str, flow: str, click: str) -> None:
    assert click in google_mend(said, flow)


def test_a_mail_servers_no_is_explained_by_what_stands_in_the_token() -> None:
    def token(claims: object) -> str:
        return f"x.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.y"

    said = "AUTHENTICATE failed."
    assert "holds no permission; " in advice(APPLICATION, said, token({}))
    some = advice(APPLICATION, said, token({"roles": ["IMAP.AccessAsApp"]}))
    assert some.startswith("the token holds IMAP.AccessAsApp; ")
    for opaque in ("", "EwBAAl3BAAUFF", "a.b.c", token([1]), token({"roles": 1})):
        assert "the token holds" not in advice(APPLICATION, said, opaque)
        assert "New-ServicePrincipal" in advice(APPLICATION, said, opaque)
    assert "FullAccess" in advice("microsoft-device-code", said, "")
    assert "IMAP is on" in advice("google-service-account", "Invalid credentials (Failure)", "")


def test_a_refusal_is_one_line_without_numbers_of_traces() -> None:
    words = "AADSTS7000215: Invalid secret. Trace ID: 1 Correlation ID: 2\r\nTimestamp: 3"
    refusal = Refusal.of({"error": "invalid_client", "error_description": words})
    assert str(refusal) == "invalid_client: AADSTS7000215: Invalid secret."
    assert str(Refusal.of("<html>\n\x07")) == "<html>"


# --- the manual


@pytest.mark.parametrize("page", ["microsoft-365", "google", "any-imap"])
def test_the_blocks_of_the_manual_load(page: str, tmp_path: Path) -> None:
    (block,) = blocks(text_of(f"docs/connect-{page}.md"), "toml")
    for name in ("office.secret", "workspace.json", "imap.password", "smtp.password"):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text("x")
    company = '[company]\nname = "Example Parts Ltd"\nmanager = "li"\n'
    (tmp_path / "amends.toml").write_text(company + block)
    settings = load(tmp_path / "amends.toml", {})
    assert settings.smtp.user == settings.mailbox[0].user
