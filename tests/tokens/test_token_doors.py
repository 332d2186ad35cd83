"""Log-in by tokens on real doors: Dovecot's oauth2, and SMTP AUTH of a server like Exchange."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cases.errors import NeedsMending
from config.log_in import LogIn
from config.secrets import Secret
from config.tokens import Mechanism
from intake.errors import LoginRefused, MailboxUnreachable
from intake.mailbox.imap import ImapMailbox
from mailer.carry import Outcome, SmtpCarrier
from service.tokens import google, microsoft
from service.tokens.advice import advice
from service.tokens.consent_file import write_consent
from service.tokens.kept import Issued, KeptTokens
from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink
from tests.servers.token_server import CLIENT, SECRET, TENANT, TokenServer

FLOWS = (
    "microsoft-client-credentials",
    "microsoft-device-code",
    "google-service-account",
    "google-installed-app",
)


@dataclass
class Doors:
    """A provider, the servers that trust it, and a folder for the files of the log-in."""

    provider: TokenServer
    dovecot: PrivateDovecot
    smtp: SmtpSink
    user: str
    folder: Path
    ca: Path

    def tokens(self, flow: str, mechanism: Mechanism = "xoauth2") -> KeptTokens:
        """Tokens of the mailbox's user."""
        return KeptTokens(self._fetch(flow), partial(advice, flow), mechanism)

    def log_in(self, flow: str) -> LogIn:
        """The keys of the configuration."""
        token_file = self.folder / f"{flow}.token"
        return LogIn.model_validate(
            {
                "flow": flow,
                "tenant": TENANT,
                "client_id": CLIENT,
                "authority": self.provider.authority,
                "ca_file": str(self.ca),
                "token_file": str(token_file),
                "timeout_seconds": 5,
            }
        )

    def _fetch(self, flow: str) -> Callable[[], Issued]:
        log_in = self.log_in(flow)
        if flow in ("microsoft-device-code", "google-installed-app"):
            consent = str(self.provider.consented()["refresh_token"])
            assert log_in.token_file
            write_consent(log_in.token_file, flow, consent)
        if flow == "microsoft-client-credentials":
            return partial(microsoft.as_application, log_in, Secret(SECRET))
        if flow == "microsoft-device-code":
            return partial(microsoft.for_person, log_in)
        if flow == "google-service-account":
            key = self.provider.service_account(self.folder / "key.json").read_text()
            return partial(google.for_user, log_in, Secret(key), self.user)
        client = self.provider.desktop_client(self.folder / "client.json").read_text()
        return partial(google.for_person, log_in, Secret(client))

    def mailbox(self, tokens: KeptTokens) -> ImapMailbox:
        """The mailbox, not yet open."""
        return ImapMailbox(
            HOST, self.dovecot.imap_port, "plain", None, self.user, tokens, timeout=5
        )

    def carry(self, tokens: KeptTokens) -> Outcome:
        """Send one mail."""
        out = SmtpCarrier(
            HOST, self.smtp.port, "plain", None, self.user, tokens, 5.0, "desk.example"
        )
        return asyncio.run(out.carry(self.user, "bob@shop.test", b"Subject: x\r\n\r\nx\r\n"))


@pytest.fixture
def doors(provider: TokenServer, oauth_dovecot: PrivateDovecot, tmp_path: Path) -> Iterator[Doors]:
    user = provider.user = oauth_dovecot.fresh_user()

    def check(who: str, token: str) -> str:
        known, scope = provider.tokens.get(token, ("", ""))
        if who == known and scope == "mail":
            return ""
        return "535 5.7.3 Authentication unsuccessful"

    with SmtpSink(tokens=check) as smtp:
        yield Doors(provider, oauth_dovecot, smtp, user, tmp_path, provider.certificate.ca)


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize("flow", FLOWS)
def test_a_good_token_opens_both_doors_with_one_question(
    doors: Doors, flow: str, mechanism: Mechanism
) -> None:
    tokens = doors.tokens(flow, mechanism)
    with doors.mailbox(tokens) as box:
        assert box.uids() == []
    assert doors.carry(tokens).state == "accepted"
    assert len(doors.provider.asked) == 1
    assert SECRET not in repr(tokens)
    assert "CANARY" not in repr(tokens)


@pytest.mark.parametrize("flow", FLOWS)
def test_an_expired_token_is_renewed_once_and_the_work_goes_on(doors: Doors, flow: str) -> None:
    tokens = doors.tokens(flow)
    with doors.mailbox(tokens):
        pass
    doors.provider.end_tokens()  # earlier than it said
    with doors.mailbox(tokens) as box:
        assert box.uids() == []
    assert len(doors.provider.asked) == 2
    doors.provider.end_tokens()
    assert doors.carry(tokens).state == "accepted"
    assert len(doors.provider.asked) == 3


@pytest.mark.parametrize("flow", ["microsoft-device-code", "google-installed-app"])
def test_a_revoked_consent_says_so_and_how_to_give_it_again(doors: Doors, flow: str) -> None:
    tokens = doors.tokens(flow)
    with doors.mailbox(tokens):
        pass
    doors.provider.revoke()
    with pytest.raises(LoginRefused) as told:
        doors.mailbox(tokens).open()
    assert "expired or revoked" in told.value.what
    assert "amends log-in" in told.value.mend
    outcome = doors.carry(tokens)
    assert outcome.state == "blocked"  # no letter fails for it
    assert "amends log-in" in outcome.text
    assert "CANARY" not in str(told.value) + outcome.text


@pytest.mark.parametrize("flow", FLOWS)
def test_a_wrong_scope_is_told_with_the_servers_reason(doors: Doors, flow: str) -> None:
    doors.provider.scope = "calendar"
    tokens = doors.tokens(flow)
    with pytest.raises(LoginRefused) as told:
        doors.mailbox(tokens).open()
    assert "scope mail" in told.value.what
    assert len(doors.provider.asked) == 2  # the first, and one forced refresh; no more
    console = "Google Admin console" if flow.startswith("google") else "Manage email apps"
    if flow == "microsoft-client-credentials":
        console = "New-ServicePrincipal"
    assert console in told.value.mend
    outcome = doors.carry(tokens)
    assert (outcome.state, outcome.code) == ("blocked", 535)
    assert console in outcome.text


def test_a_token_of_somebody_else_does_not_open(doors: Doors) -> None:
    doors.provider.user = doors.dovecot.fresh_user()
    with pytest.raises(LoginRefused):
        doors.mailbox(doors.tokens("microsoft-client-credentials")).open()


def test_a_provider_that_is_away_is_waited_for(doors: Doors, certificate: Certificate) -> None:
    tokens = doors.tokens("microsoft-client-credentials")
    doors.provider.refuse("temporarily_unavailable")
    with pytest.raises(MailboxUnreachable, match="no token"):
        doors.mailbox(tokens).open()
    doors.provider.refuse("server_error", status=503)
    assert doors.carry(tokens).state == "deferred"
    with doors.mailbox(tokens):
        pass


def test_a_server_without_the_mechanism_blocks(doors: Doors, smtp_sink: SmtpSink) -> None:
    doors.smtp = smtp_sink
    outcome = doors.carry(doors.tokens("microsoft-client-credentials"))
    assert outcome.state == "blocked"
    assert "XOAUTH2" in outcome.text


@pytest.mark.parametrize(
    ("reply", "state", "words"),
    [
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
         "Tenant.", "blocked", "Authenticated SMTP"),
        ("454 4.7.0 Temporary authentication failure", "deferred", "454"),
        ("535 5.7.3 Authentication unsuccessful", "blocked", "New-ServicePrincipal"),
    ],
)  # fmt: skip
def test_what_exchange_says_names_the_click(
    doors: Doors, reply: str, state: str, words: str
) -> None:
    with SmtpSink(tokens=lambda user, token: reply) as doors.smtp:
        outcome = doors.carry(doors.tokens("microsoft-client-credentials"))
    assert outcome.state == state
    assert words in f"{outcome.code} {outcome.text}"


def test_a_sender_that_exchange_refuses_at_the_end_fails_no_letter(doors: Doors) -> None:
    doors.smtp.answer("DATA", "554 5.2.252 SendAsDenied; x not allowed to send as y")
    outcome = doors.carry(doors.tokens("microsoft-client-credentials"))
    assert outcome.state == "blocked"
    assert "let the SMTP user send" in outcome.text


def test_a_certificate_instead_of_a_secret(doors: Doors) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "amends")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    certificate = made.not_valid_before(day).not_valid_after(day.replace(year=2036))
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    log_in = doors.log_in("microsoft-client-credentials")
    assert microsoft.as_application(log_in, Secret(pem.decode())).seconds == 3600
    assert "client_assertion" in doors.provider.asked[0]
    with pytest.raises(NeedsMending, match="private key"):
        microsoft.as_application(log_in, Secret("-----BEGIN CERTIFICATE-----\nx\n"))


@pytest.mark.parametrize("flow", FLOWS)
def test_without_its_package_the_mend_is_told(
    doors: Doors, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = doors.tokens(flow)
    for name in ("msal", "google.auth.transport.requests"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(LoginRefused, match="pip install"):
        doors.mailbox(tokens).open()


def test_a_consent_that_cannot_be_kept(doors: Doors) -> None:
    log_in = doors.log_in("microsoft-device-code")
    nowhere = log_in.model_copy(update={"token_file": doors.folder / "none" / "token"})
    with pytest.raises(NeedsMending, match="cannot be written"):
        microsoft.begin_device_code(nowhere).wait()
