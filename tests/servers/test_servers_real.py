"""The servers of the tests do what their descriptions say."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from demo.mail_server import EmbeddedMail
from tests.conftest import servers_line
from tests.servers import loopback_only
from tests.servers.certificate import Certificate
from tests.servers.dovecot import PrivateDovecot
from tests.servers.loopback_only import OutsideSocketError, is_here
from tests.servers.postgres import PrivatePostgres

BOB = "bob@shop.test"
MAIL = b"From: bob@shop.test\r\nTo: desk@acme.test\r\nSubject: Rust\r\n\r\nRust on 3 parts.\r\n"


# --- Dovecot


def imap(
    dovecot: PrivateDovecot, user: str, password: str = "secret", trust: Certificate | None = None
) -> IMAPClient:
    """A client that is logged in: plain, or by IMAPS when it trusts a certificate."""
    client = IMAPClient(
        "localhost" if trust else "127.0.0.1",
        dovecot.imaps_port if trust else dovecot.imap_port,
        ssl=trust is not None,
        ssl_context=trust.for_client() if trust else None,
        timeout=10,
    )
    try:
        client.login(user, password)
    except LoginError:
        client.shutdown()
        raise
    return client


def test_what_lmtp_delivers_imap_shows(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(user, MAIL)
    with imap(dovecot, user) as client:
        client.select_folder("INBOX")
        uids = client.search("ALL")
        raw = client.fetch(uids, ["BODY.PEEK[]"])[uids[0]][b"BODY[]"]
    assert raw.endswith(MAIL)
    assert dovecot.messages(user) == [raw]


def test_a_plus_address_reaches_its_user(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(user.replace("@", "+k7fq@"), MAIL)
    assert len(dovecot.messages(user)) == 1


def test_rebuilt_uids_change_uidvalidity_and_keep_the_mail(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(user, MAIL)
    seen = []
    for _ in range(3):
        with imap(dovecot, user) as client:
            seen.append(client.select_folder("INBOX")[b"UIDVALIDITY"])
            assert len(client.search("ALL")) == 1
        dovecot.rebuild_uids(user)
    assert len(set(seen)) == 3


def test_a_wrong_password_does_not_delay_the_right_one(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    with pytest.raises(LoginError):
        imap(dovecot, user, password="wrong")
    with imap(dovecot, user) as client:
        assert client.folder_exists("Processed")


def test_imaps_is_verified_against_the_test_authority(
    dovecot: PrivateDovecot, certificate: Certificate
) -> None:
    user = dovecot.fresh_user()
    with imap(dovecot, user, trust=certificate) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_imaps_is_refused_by_who_does_not_trust_that_authority(dovecot: PrivateDovecot) -> None:
    with (
        socket.create_connection(("127.0.0.1", dovecot.imaps_port), 10) as link,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(link, server_hostname="localhost")


def test_imap_starttls(dovecot: PrivateDovecot, certificate: Certificate) -> None:
    user = dovecot.fresh_user()
    with IMAPClient("localhost", dovecot.imap_port, ssl=False, timeout=10) as client:
        client.starttls(certificate.for_client())
        client.login(user, "secret")
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


@pytest.mark.dovecot
@pytest.mark.skipif(not PrivateDovecot.available(), reason="needs Dovecot")
def test_a_stopped_dovecot_refuses_and_comes_back_with_its_mail() -> None:
    with PrivateDovecot({BOB: "secret"}) as dovecot:
        dovecot.deliver(BOB, MAIL)
        dovecot.stop()
        with pytest.raises(ConnectionRefusedError):
            IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False, timeout=5)
        dovecot.start()
        with imap(dovecot, BOB) as client:
            assert client.select_folder("INBOX")[b"EXISTS"] == 1
        root = dovecot.root
    assert not root.exists()


# --- PostgreSQL


def test_databases_are_fresh_empty_and_dropped(postgres_server: PrivatePostgres) -> None:
    with postgres_server.fresh_database() as first, postgres_server.fresh_database() as second:
        assert first != second
        address = first.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(address) as link:
            link.execute("CREATE TABLE proof (id int)")
            count = link.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert count.fetchone() == (1,)
        with psycopg.connect(second.replace("postgresql+psycopg", "postgresql")) as link:
            count = link.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert count.fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(address)


def test_database_url_names_an_empty_database(database_url: str) -> None:
    if database_url.startswith("sqlite:///"):
        file = Path(database_url.removeprefix("sqlite:///"))
        assert file.is_absolute()
        assert not file.exists()
    else:
        with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql")) as link:
            assert int(link.info.server_version) >= 150000


# --- the rest of conftest


def test_the_embedded_server_of_the_tests(embedded_mail: EmbeddedMail) -> None:
    embedded_mail.deliver("bob@shop.test", MAIL)
    with IMAPClient("127.0.0.1", embedded_mail.imap_port, ssl=False, timeout=10) as client:
        client.login("bob@shop.test", "secret")
        assert client.select_folder("INBOX")[b"EXISTS"] == 1


@pytest.mark.parametrize(
    ("address", "here"),
    [
        (("127.0.0.1", 25), True),
        (("127.8.8.8", 25), True),
        (("::1", 25, 0, 0), True),
        (("localhost", 25), True),
        ("/tmp/socket", True),
        (b"\0abstract", True),
        (("192.0.2.1", 25), False),
        (("10.0.0.1", 25), False),
        (("0.0.0.0", 25), False),
        (("2001:db8::1", 25, 0, 0), False),
        (("mail.acme.test", 25), False),
    ],
)
def test_what_counts_as_this_machine(address: object, here: bool) -> None:
    assert is_here(address) is here


def test_sockets_do_not_leave_this_machine() -> None:
    with socket.socket() as link, pytest.raises(OutsideSocketError):
        link.connect(("192.0.2.1", 25))
    with pytest.raises(socket.gaierror):
        socket.create_connection(("mail.acme.test", 25), 1)
    with pytest.raises(socket.herror):
        socket.gethostbyaddr("192.0.2.1")
    assert loopback_only.outside == ["socket.connect ('192.0.2.1', 25)"]
    loopback_only.outside.clear()


@pytest.mark.parametrize(
    ("real", "skipped", "line"),
    [
        ({}, {}, "servers: none were needed"),
        ({"PostgreSQL": "15.18", "Dovecot": "2.3.19"}, {}, "Dovecot 2.3.19, PostgreSQL 15.18"),
        ({}, {"Dovecot": 3}, "servers: none; skipped: 3 tests for Dovecot"),
        ({"Dovecot": "2.3.19"}, {"PostgreSQL": 2}, "2.3.19; skipped: 2 tests for PostgreSQL"),
    ],
)
def test_the_last_line(real: dict[str, str], skipped: dict[str, int], line: str) -> None:
    assert servers_line(real, Counter(skipped)).endswith(line)
