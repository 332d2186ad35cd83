"""Our own letters are found again by Message-ID, on a real server, and nothing else is asked."""

from __future__ import annotations

import pytest
from imapclient import IMAPClient

from intake.errors import FolderMissing
from intake.mailbox.door import Place
from intake.mailbox.sent import found_in
from tests.servers.dovecot import PrivateDovecot
from tests.servers.process import HOST

OURS = "<mfrggzdfmztwq2lkmfrggzdfmz.ks2026-001@acme.test>"
OTHER = "<nbswy3dpnbswy3dpnbswy3dpnb.ks2026-002@acme.test>"


def place(dovecot: PrivateDovecot, user: str, folder: str = "Sent") -> Place:
    with IMAPClient(HOST, dovecot.imap_port, ssl=False, timeout=10) as client:
        client.login(user, "secret")
        if not client.folder_exists("Sent"):
            client.create_folder("Sent")
        client.append("Sent", f"Message-ID: {OURS}\r\nSubject: x\r\n\r\nHello\r\n".encode())
    return Place(HOST, dovecot.imap_port, "plain", None, user, folder)


def test_only_what_is_there_is_found(dovecot: PrivateDovecot) -> None:
    where = place(dovecot, dovecot.fresh_user())
    assert found_in(where, "secret", 10, [OURS, OTHER]) == {OURS}
    assert found_in(where, "secret", 10, [OTHER]) == set()


def test_a_value_that_could_be_a_command_is_never_asked_for(dovecot: PrivateDovecot) -> None:
    where = place(dovecot, dovecot.fresh_user())
    hostile = ['<x"\r\nA1 STORE 1:* +FLAGS (\\Deleted)\r\n@acme.test>', "", "<*>", "<é@acme.test>"]
    assert found_in(where, "secret", 10, hostile) == set()
    assert found_in(where, "secret", 10, [*hostile, OURS]) == {OURS}


def test_a_missing_folder_is_told(dovecot: PrivateDovecot) -> None:
    with pytest.raises(FolderMissing, match="Gone"):
        found_in(place(dovecot, dovecot.fresh_user(), "Gone"), "secret", 10, [OURS])
