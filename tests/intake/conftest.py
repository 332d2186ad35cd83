"""The mailbox of each contract test: on the embedded server and on a real Dovecot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.mail_server import EmbeddedMail
from tests.intake.mailboxes import Server
from tests.servers.dovecot import PrivateDovecot


@pytest.fixture(params=["embedded", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "embedded":
        embedded: EmbeddedMail = request.getfixturevalue("embedded_mail")
        yield Server(embedded.imap_port, "complaints@acme.test", embedded.deliver)
    else:
        dovecot: PrivateDovecot = request.getfixturevalue("dovecot")
        yield Server(dovecot.imap_port, dovecot.fresh_user(), dovecot.deliver)
