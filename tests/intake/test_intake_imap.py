"""The contract of a mailbox, on the embedded server and on a real Dovecot: what is read."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.intake.mailboxes import Server, everything, letter
from tests.servers.dovecot import PrivateDovecot

MIB = 1024 * 1024


def test_mails_come_as_they_are_whatever_their_flags(server: Server) -> None:
    for number in range(4):
        server.deliver(server.user, letter(number))
    with server.client() as other:
        first, second, third, _ = other.search("ALL")
        other.add_flags([first], [rb"\Seen"])
        other.add_flags([second], [rb"\Flagged", rb"\Answered"])
        other.add_flags([third], [rb"\Deleted"])
        before = {
            uid: set(data[b"FLAGS"]) for uid, data in other.fetch([1, 2, 3, 4], ["FLAGS"]).items()
        }
    with server.mailbox() as mailbox:
        found = everything(mailbox)
        assert mailbox.uidvalidity > 0
    assert list(found) == sorted(found)
    assert [raw[-100:] for raw in found.values()] == [letter(n)[-100:] for n in range(4)]
    with server.client() as other:
        after = {
            uid: set(data[b"FLAGS"]) for uid, data in other.fetch([1, 2, 3, 4], ["FLAGS"]).items()
        }
    recent = {rb"\Recent"}
    assert {u: f - recent for u, f in after.items()} == {u: f - recent for u, f in before.items()}


def test_only_uids_above(server: Server) -> None:
    with server.mailbox() as mailbox:
        assert mailbox.uids() == []
    for number in range(3):
        server.deliver(server.user, letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert len(uids) == 3
        assert mailbox.uids(above=uids[0]) == uids[1:]
        assert mailbox.uids(above=uids[-1]) == []  # "n:*" names the last mail all the same


def test_a_mail_that_arrives_meanwhile_is_seen(server: Server) -> None:
    with server.mailbox() as mailbox:
        assert mailbox.uids() == []
        server.deliver(server.user, letter(1))
        assert len(mailbox.uids()) == 1


def test_arrival_is_utc(server: Server) -> None:
    server.deliver(server.user, letter(1))
    with server.mailbox() as mailbox:
        (one,) = mailbox.fetch(mailbox.uids())
    assert one.internal_date is not None
    assert one.internal_date.tzinfo is UTC
    assert abs(datetime.now(UTC) - one.internal_date) < timedelta(minutes=5)


def test_arrival_keeps_the_moment_of_another_time_zone(server: Server) -> None:
    moment = datetime.fromisoformat("2025-10-26T02:30:00+01:00")  # twice that hour in Berlin
    with server.client() as other:
        other.append("INBOX", letter(1), msg_time=moment)
    with server.mailbox() as mailbox:
        (one,) = mailbox.fetch(mailbox.uids())
    assert one.internal_date == moment


def test_an_expunged_mail_is_absent(server: Server) -> None:
    for number in range(3):
        server.deliver(server.user, letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        (batch,) = mailbox.batches(uids)
        with server.client() as other:
            other.delete_messages([uids[1]])
            other.expunge()
        found = [one.uid for one in mailbox.fetch(batch)]
        assert uids[0] in found
        assert uids[2] in found
        assert mailbox.uids() == [uids[0], uids[2]]
        assert list(mailbox.fetch([uids[1]])) == []
        assert mailbox.refused == {}


def test_a_12_mib_mail_is_byte_exact_and_alone(server: Server) -> None:
    big = letter(2, 12 * MIB)
    with server.client() as other:  # past SMTP: the bytes are ours
        for raw in (letter(1), big, letter(3)):
            other.append("INBOX", raw)
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert list(mailbox.batches(uids)) == [[uids[0]], [uids[1]], [uids[2]]]
        found = everything(mailbox)
    digests = [hashlib.sha256(raw).hexdigest() for raw in found.values()]
    assert digests == [hashlib.sha256(raw).hexdigest() for raw in (letter(1), big, letter(3))]


def test_pieces_end_where_the_mail_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.mailbox.imap.BYTES_PER_BATCH", 100)
    monkeypatch.setattr("intake.mailbox.imap.PIECE", 64)
    raws = [(letter(1, 500) + b"x" * 64)[:size] for size in (127, 128, 129, 192, 500)]
    with server.client() as other:
        for raw in raws:
            other.append("INBOX", raw)
    with server.mailbox() as mailbox:
        assert list(everything(mailbox).values()) == raws


def test_a_big_mail_expunged_between_its_pieces_is_absent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.mailbox.imap.BYTES_PER_BATCH", 100)
    monkeypatch.setattr("intake.mailbox.imap.PIECE", 64)
    server.deliver(server.user, letter(1, 5_000))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        list(mailbox.batches(uids))  # the size is known from before
        with server.client() as other:
            other.delete_messages(uids)
            other.expunge()
        assert [one.raw for one in mailbox.fetch(uids) if one.raw != letter(1, 5_000)] == []
        assert mailbox.refused == {}


@pytest.mark.dovecot
def test_300_mails_and_a_search_in_windows(
    dovecot: PrivateDovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.mailbox.imap.MAILS_PER_SEARCH", 70)
    server = Server(dovecot.imap_port, dovecot.fresh_user(), dovecot.deliver)
    with server.client() as other:
        for number in range(300):
            other.append("INBOX", letter(number))
    with server.mailbox() as mailbox:
        uids = mailbox.uids()
        assert len(uids) == 300
        assert [len(batch) for batch in mailbox.batches(uids)] == [25] * 12
        assert list(everything(mailbox).values()) == [letter(number) for number in range(300)]


@pytest.mark.dovecot
def test_a_rebuilt_mailbox_has_another_uidvalidity(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.deliver(user, letter(1))
    server = Server(dovecot.imap_port, user, dovecot.deliver)
    with server.mailbox() as mailbox:
        before = mailbox.uidvalidity
    dovecot.rebuild_uids(user)
    with server.mailbox() as mailbox:
        assert mailbox.uidvalidity != before
        assert len(everything(mailbox)) == 1


def test_folder_names_are_not_only_ascii(server: Server) -> None:
    with server.client() as other:
        other.create_folder("已处理 & Größe")
        other.append("已处理 & Größe", letter(7))
    with server.mailbox(folder="已处理 & Größe") as mailbox:
        assert list(everything(mailbox).values()) == [letter(7)]


@pytest.mark.dovecot
def test_a_folder_that_may_only_be_read_is_read(dovecot: PrivateDovecot) -> None:
    user = dovecot.fresh_user()
    server = Server(dovecot.imap_port, user, dovecot.deliver)
    server.deliver(user, letter(1))
    with server.mailbox() as mailbox:
        before = everything(mailbox)
        assert not mailbox.readonly
    cur = dovecot.root / "mail" / user / "Maildir" / "cur"
    cur.chmod(0o500)
    try:
        with server.mailbox() as mailbox:
            assert mailbox.readonly
            assert everything(mailbox) == before
    finally:
        cur.chmod(0o700)
