"""A token service and a Dovecot that trusts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.token_server import SCOPE, TokenServer


@pytest.fixture(scope="session")
def _provider(certificate: Certificate) -> Iterator[TokenServer]:
    with TokenServer(certificate, "") as server:
        yield server


@pytest.fixture
def provider(_provider: TokenServer) -> TokenServer:
    """As on its first day."""
    _provider.scope, _provider.lifetime, _provider.rotates = SCOPE, 3600, True
    for kept in (_provider.asked, _provider.tokens, _provider.consents, _provider.refusals):
        kept.clear()
    return _provider


@pytest.fixture(scope="session")
def _oauth_dovecot(_provider: TokenServer) -> Iterator[PrivateDovecot]:
    with PrivateDovecot({}, introspection=f"{_provider.url}/introspect") as server:
        yield server


@pytest.fixture
def oauth_dovecot(request: pytest.FixtureRequest) -> PrivateDovecot:
    """One for the whole run; take a `fresh_user()` in each test."""
    if not PrivateDovecot.available():
        pytest.skip("needs Debian's dovecot-imapd and dovecot-lmtpd")
    server: PrivateDovecot = request.getfixturevalue("_oauth_dovecot")
    return server
