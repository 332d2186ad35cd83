"""The ledger: a mail is seen once, and registered once whoever tries (reliability.md 6 A)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from storage import ledger, tables
from storage.database import Database
from storage.ledger import Sighting
from tests.storage.rows import NOW, at_once, keep_raw, row, writing

_MINUTE = timedelta(minutes=1)


def see(db: Database, *uids: int, at: timedelta = timedelta(0), epoch: int = 7) -> list[Sighting]:
    with writing(db) as book:
        seen = [Sighting("complaints", epoch, uid, keep_raw(book), NOW) for uid in uids]
        ledger.see(book.tx, seen, NOW + at)
    return seen


def waiting(db: Database, limit: int = 25, most_tries: int = 20) -> list[Sighting]:
    with db.read() as connection:
        return ledger.waiting(connection, limit, most_tries=most_tries)


def ledger_rows(db: Database) -> list[Any]:
    with db.read() as connection:
        return list(connection.execute(select(tables.sightings).order_by(tables.sightings.c.uid)))


def test_what_was_seen_waits_as_it_was_seen(db: Database) -> None:
    (seen,) = see(db, 3)
    assert waiting(db) == [seen]


def test_seen_twice_is_seen_once(db: Database) -> None:
    (seen,) = see(db, 1)
    with db.write() as tx:
        ledger.see(tx, [seen, seen], NOW + _MINUTE)
        ledger.see(tx, [], NOW)
    (only,) = ledger_rows(db)
    assert only.seen_at == NOW


def test_seen_again_does_not_wait_again(db: Database) -> None:
    (seen,) = see(db, 1)
    with db.write() as tx:
        assert ledger.take(tx, [seen], "registered", "new complaint", NOW)
        ledger.see(tx, [seen], NOW + _MINUTE)
    assert waiting(db) == []
    (only,) = ledger_rows(db)
    assert (only.state, only.reason, only.registered_at) == ("registered", "new complaint", NOW)


def test_a_uid_of_another_epoch_or_mailbox_is_another_mail(db: Database) -> None:
    see(db, 1)
    see(db, 1, epoch=8)
    with db.read() as connection:
        assert ledger.known_uids(connection, "complaints", 7) == {1}
        assert ledger.known_uids(connection, "complaints", 9) == set()
        assert ledger.known_uids(connection, "returns", 7) == set()
    assert len(waiting(db)) == 2


def test_a_mail_is_taken_once_by_whoever_is_first(db: Database) -> None:
    seen = see(db, *range(1, 21))

    def take_all() -> int:
        taken = 0
        for one in seen:
            with db.write() as tx:
                taken += ledger.take(tx, [one], "registered", "new complaint", NOW)
        return taken

    assert sum(at_once([take_all] * 4)) == 20
    assert waiting(db) == []


def test_a_taker_that_fails_leaves_the_mail_to_the_next(db: Database) -> None:
    (seen,) = see(db, 1)
    with db.write() as tx:
        assert ledger.take(tx, [seen], "registered", "new complaint", NOW)
        tx.rollback()
    with db.write() as tx:
        assert ledger.take(tx, [seen], "registered", "new complaint", NOW)
        assert not ledger.take(tx, [seen], "copy", "same bytes", NOW)


def test_the_oldest_wait_in_front(db: Database) -> None:
    see(db, 9, 4, at=_MINUTE)
    see(db, 12, at=-_MINUTE)
    see(db, 2, 1)
    assert [one.uid for one in waiting(db)] == [12, 1, 2, 4, 9]
    assert [one.uid for one in waiting(db, limit=2)] == [12, 1]


def test_tries_are_counted_and_bounded(db: Database) -> None:
    poison, good = see(db, 1, 2)
    for _ in range(3):
        with db.write() as tx:
            ledger.failed(tx, poison, "x" * 200)
    assert [(one.uid, one.tries) for one in waiting(db)] == [(1, 3), (2, 0)]
    assert waiting(db, most_tries=2) == [good]
    assert [len(r.reason or "") for r in ledger_rows(db)] == [60, 0]


def test_a_try_that_fails_late_does_not_undo_a_registration(db: Database) -> None:
    (seen,) = see(db, 1)
    with db.write() as tx:
        ledger.take(tx, [seen], "registered", "new complaint", NOW)
        ledger.failed(tx, seen, "too late")
    (only,) = ledger_rows(db)
    assert (only.state, only.reason, only.tries) == ("registered", "new complaint", 0)


def test_how_far_a_mailbox_was_read(db: Database) -> None:
    with db.write() as tx:
        assert ledger.position(tx, "complaints") == (0, 0)
        ledger.polled(tx, "complaints", 7, 30, NOW)
        ledger.polled(tx, "returns", 1, 5, NOW)
        ledger.polled(tx, "complaints", 8, 2, NOW + _MINUTE)
        assert ledger.position(tx, "complaints") == (8, 2)
        assert ledger.position(tx, "returns") == (1, 5)


def test_which_raw_mails_are_messages_already(db: Database) -> None:
    with writing(db) as book:
        known, unknown = keep_raw(book), keep_raw(book)
        book.tx.execute(insert(tables.messages).values(row(tables.messages, raw_sha256=known)))
    with db.read() as connection:
        assert ledger.registered_already(connection, [known, unknown]) == {known}
        assert ledger.registered_already(connection, []) == set()
