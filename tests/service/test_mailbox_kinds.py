"""Big mails, folders that may only be read, decoration and quota, on a real Dovecot."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.shop import MAILBOX
from service.filling import fullness
from service.registrar import register_waiting
from service.watching import Watch
from tests.dovecot_shop import RealMailbox, dovecot_shop, mail
from tests.shop import Shop

pytestmark = pytest.mark.dovecot
MIB = 1024 * 1024


def look(shop: Shop) -> None:
    watch(shop).look()
    while register_waiting(shop.w):
        pass


def watch(shop: Shop) -> Watch:
    return Watch(shop.w, shop.w.settings.mailbox[0])


def big(size: int) -> bytes:
    line = b"0123456789" * 7 + b"\r\n"
    return mail(1) + line * (size // len(line) + 1)


# --- big mails


def test_a_big_mail_is_kept_whole_and_read(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        raw = big(9 * MIB)
        mailbox.put(raw)
        look(shop)
        (row,) = shop.rows("raws")
        assert (row["sha256"], row["size"]) == (hashlib.sha256(raw).hexdigest(), len(raw))
        with shop.w.db.read() as connection:
            assert shop.w.evidence.bytes_of(connection, row["sha256"]) == raw
            assert shop.w.evidence.head_of(connection, row["sha256"], 100) == raw[:100]
        assert list(shop.w.evidence.spool.iterdir()) == []
        assert "oversize_mail" not in shop.kinds()


def test_of_an_oversize_mail_the_beginning_is_read_and_a_person_told(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path, in_mailbox="max_mail_mb = 8") as (shop, mailbox):
        raw = big(9 * MIB)
        mailbox.put(raw)
        look(shop)
        assert shop.kinds() == ["oversize_mail"]
        (message,) = shop.rows("messages")
        assert message["subject"] == "Complaint 1"
        assert message["raw_sha256"] == hashlib.sha256(raw).hexdigest()
        assert len(message["text"]) <= MIB
        assert len(shop.rows("letters")) == 1


def test_halves_of_a_writer_that_died_are_swept_after_a_day(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, _):
        spool = shop.w.evidence.spool
        spool.mkdir(parents=True)
        old, young = spool / "a.spool", spool / "b.spool"
        for half, age in ((old, 100_000), (young, 1_000)):
            half.touch()
            moment = shop.clock.now.timestamp() - age
            os.utime(half, (moment, moment))
        shop.serve()
        assert list(spool.iterdir()) == [young]


# --- folders that may only be read


@contextmanager
def read_only(mailbox: RealMailbox) -> Iterator[None]:
    cur = mailbox.dovecot.root / "mail" / MAILBOX / "Maildir" / "cur"
    cur.chmod(0o500)
    try:
        yield
    finally:
        cur.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="Dovecot's user must differ from the folder's")
def test_a_folder_that_may_only_be_read_works_fully(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path, in_mailbox='decorate = "keyword"') as (shop, mailbox):
        mailbox.put(mail(1))
        with read_only(mailbox):
            look(shop)
            look(shop)
        assert shop.numbers() == ["KS2026-001"]
        assert [row["state"] for row in shop.rows("sightings")] == ["registered"]


# --- decoration


def test_a_registered_mail_gets_its_keyword_at_the_next_look(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path, in_mailbox='decorate = "keyword"') as (shop, mailbox):
        mailbox.put(mail(1))
        look(shop)
        assert _keywords(mailbox) == [False]  # registered first
        look(shop)
        assert _keywords(mailbox) == [True]
        assert [row["decorated"] for row in shop.rows("sightings")] == [True]


def test_a_registered_mail_is_moved(tmp_path: Path) -> None:
    settings = 'decorate = "move"\nmove_to = "Done"'
    with dovecot_shop(tmp_path, in_mailbox=settings) as (shop, mailbox):
        mailbox.put(mail(1))
        look(shop)
        look(shop)
        with mailbox.client() as client:
            assert client.search() == []
        with mailbox.client("Done") as client:
            assert len(client.search()) == 1
        assert shop.numbers() == ["KS2026-001"]


def test_a_move_that_fails_stops_nothing_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = 'decorate = "move"\nmove_to = "Done"'
    with dovecot_shop(tmp_path, in_mailbox=settings) as (shop, mailbox):
        mailbox.put(mail(1))
        maildir = mailbox.dovecot.root / "mail" / MAILBOX / "Maildir"
        (maildir / ".Done").write_text("in the way")
        standing = watch(shop)
        standing.look()
        look(shop)
        standing.look()
        standing.look()
        mailbox.put(mail(2))
        look(shop)
        assert len(shop.numbers()) == 2
        told = [one for one in caplog.messages if "mails_not_decorated" in one]
        assert len(told) >= 1
        (maildir / ".Done").unlink()
        look(shop)
        with mailbox.client() as client:
            assert client.search() == []


def _keywords(mailbox: RealMailbox) -> list[bool]:
    with mailbox.client() as client:
        flags: dict[int, Any] = client.get_flags(client.search())
        return [b"$Registered" in one for one in flags.values()]


# --- quota


def test_a_mailbox_that_fills_up_is_told_and_asks_for_room(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path, quota_kib=100) as (shop, mailbox):
        mailbox.put(mail(1) + b"x" * 70 * 1024, mail(2) + b"x" * 15 * 1024)
        one = watch(shop)
        one.look()
        assert one.state.quota_percent in range(80, 90)
        assert "mailbox_nearly_full" not in shop.kinds()
        mailbox.put(mail(3) + b"x" * 8 * 1024)
        one = watch(shop)
        one.look()
        assert one.state.quota_percent in range(90, 101)
        assert shop.kinds() == ["mailbox_nearly_full"]
        fullness(shop.w, "complaints", 50, 93)
        assert shop.kinds() == []


def test_a_server_without_quota_says_nothing(tmp_path: Path) -> None:
    with dovecot_shop(tmp_path) as (shop, mailbox):
        mailbox.put(mail(1))
        one = watch(shop)
        one.look()
        assert one.state.quota_percent is None
        assert (one.state.waits_for, one.state.good_at) == ("", shop.clock.now)
