"""One sender a delivery at a time, however many senders there are (reliability.md 4.2, 6 B)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import attempts, history, outbox, tables
from storage.changes import Update
from storage.database import Database
from storage.lease import database_clock
from storage.records import Delivery
from tests.storage.rows import (
    NOW,
    at_once,
    new_case,
    new_deliveries,
    new_letter,
    record,
    row,
    writing,
)

_MINUTE = timedelta(minutes=1)


def claim(db: Database, owner: str = "node", limit: int = 10, seconds: int = 300) -> list[Delivery]:
    with db.write() as tx:
        return outbox.claim(tx, owner, NOW, lease_seconds=seconds, limit=limit)


def holds(db: Database, delivery: Delivery) -> bool:
    with db.write() as tx:
        return outbox.holds(tx, delivery)


def adrift(db: Database) -> list[Delivery]:
    with db.read() as connection:
        return outbox.adrift(connection, 100)


def change(db: Database, delivery_id: int, **values: Any) -> None:
    with db.write() as tx:
        tx.execute(
            update(tables.deliveries).where(tables.deliveries.c.id == delivery_id).values(values)
        )


def run_out(db: Database, delivery_id: int) -> None:
    """Put the end of the lease into the past instead of waiting for it."""
    change(db, delivery_id, lease_until=database_clock() - 1)


def the_delivery(db: Database, **values: Any) -> int:
    (made,) = new_deliveries(db, new_case(db), 1, **values)
    return made


# --- claiming


def test_four_senders_claim_each_of_200_deliveries_once(db: Database) -> None:
    made = new_deliveries(db, new_case(db), 200)

    def claim_all(owner: str) -> Callable[[], list[int]]:
        def run() -> list[int]:
            claimed: list[int] = []
            idle = 0
            while idle < 3:  # what others have locked at this moment is skipped
                some = claim(db, owner, limit=7)
                assert len(some) <= 7
                idle = 0 if some else idle + 1
                claimed += [one.id for one in some]
            return claimed

        return run

    claimed = at_once([claim_all(f"node{n}") for n in range(4)])
    assert sorted(one for some in claimed for one in some) == made
    with db.read() as connection:
        fences = connection.scalars(select(tables.deliveries.c.fence)).all()
        assert set(fences) == {1}


def test_a_claim_takes_no_more_than_asked_and_the_longest_waiting_first(db: Database) -> None:
    case_id = new_case(db)
    late = new_deliveries(db, case_id, 2, next_attempt_at=NOW - _MINUTE)
    early = new_deliveries(db, case_id, 2, next_attempt_at=NOW - 2 * _MINUTE)
    assert [one.id for one in claim(db, limit=3)] == [*early, late[0]]
    assert [one.id for one in claim(db, limit=3)] == [late[1]]


@pytest.mark.parametrize(
    ("state", "claimed"),
    [
        ("queued", True),
        ("deferred", True),
        ("uncertain", True),
        ("sending", False),
        ("accepted", False),
        ("refused", False),
        ("bounced", False),
    ],
)
def test_what_may_be_claimed(db: Database, state: str, claimed: bool) -> None:
    the_delivery(db, state=state)
    assert bool(claim(db)) is claimed


@pytest.mark.parametrize("due", [NOW + timedelta(microseconds=1), None])
def test_what_is_not_due_is_not_claimed(db: Database, due: object) -> None:
    the_delivery(db, next_attempt_at=due)
    assert claim(db) == []


def test_a_claim_tells_under_which_fence_it_holds(db: Database) -> None:
    delivery_id = the_delivery(db, copies=1, attempts=3)
    (first,) = claim(db)
    assert (first.id, first.fence, first.copies, first.attempts) == (delivery_id, 1, 1, 3)
    assert holds(db, first)


# --- leases


def test_a_lease_ends_by_the_clock_of_the_database(db: Database) -> None:
    delivery_id = the_delivery(db)
    (first,) = claim(db, "one")
    with db.read() as connection:
        left = connection.scalar(select(tables.deliveries.c.lease_until - database_clock()))
    assert left is not None
    assert 299_000 - 30_000 < left <= 300_000
    assert claim(db, "two") == []
    run_out(db, delivery_id)
    assert not holds(db, first)
    (second,) = claim(db, "two")
    assert second.fence == 2


def test_a_claim_outlives_what_ends_before_it(db: Database) -> None:
    the_delivery(db)
    (claimed,) = claim(db)
    with db.write() as tx:
        assert outbox.outlives(tx, claimed)
        assert not outbox.outlives(tx, replace(claimed, lease_until=0))


def test_an_old_claim_does_not_hold_after_another(db: Database) -> None:
    """A sender that slept for ten minutes wakes up: its fence is old, so it writes nothing."""
    delivery_id = the_delivery(db)
    (slept,) = claim(db, "one")
    run_out(db, delivery_id)
    (awake,) = claim(db, "two")
    assert not holds(db, slept)
    assert holds(db, awake)
    with db.write() as tx:
        outbox.let_go(tx, slept)  # not its to give
    assert holds(db, awake)


def test_a_claim_given_back_is_free_at_once(db: Database) -> None:
    the_delivery(db)
    (first,) = claim(db, "one")
    with db.write() as tx:
        outbox.let_go(tx, first)
    assert not holds(db, first)
    (second,) = claim(db, "two")
    assert second.fence == 2


def test_a_row_that_somebody_has_is_skipped_not_waited_for(postgres_db: Database) -> None:
    held, free = new_deliveries(postgres_db, new_case(postgres_db), 2)
    with postgres_db.write() as tx:
        tx.execute(
            select(tables.deliveries).where(tables.deliveries.c.id == held).with_for_update()
        )
        claimed = [one.id for one in claim(postgres_db, limit=100)]
    assert free in claimed
    assert held not in claimed


# --- senders that died


def test_a_dead_sender_leaves_its_delivery_adrift(db: Database) -> None:
    delivery_id = the_delivery(db)
    (claimed,) = claim(db)
    change(db, delivery_id, state="sending")
    assert adrift(db) == []  # it may be dialing
    run_out(db, delivery_id)
    (found,) = adrift(db)
    assert (found.id, found.fence) == (delivery_id, claimed.fence)
    assert claim(db) == []  # never simply sent again
    with db.write() as tx:
        assert outbox.is_adrift(tx, found)


@pytest.mark.parametrize("since", [{"state": "accepted"}, {"fence": 9}])
def test_what_somebody_has_seen_to_is_adrift_no_more(db: Database, since: dict[str, Any]) -> None:
    delivery_id = the_delivery(db, state="sending")
    (found,) = adrift(db)
    change(db, delivery_id, **since)
    with db.write() as tx:
        assert not outbox.is_adrift(tx, found)


def test_of_two_that_find_it_adrift_one_sees_to_it(db: Database) -> None:
    the_delivery(db, state="sending")
    (found,) = adrift(db)

    def see_to_it() -> bool:
        with writing(db) as book:
            mine = outbox.is_adrift(book.tx, found)
            if mine:
                change = Update(tables.deliveries, found.id, {"state": "uncertain"})
                record(book, found.case_id, change)
            return mine

    assert sorted(at_once([see_to_it] * 3)) == [False, False, True]


def test_a_daemon_alone_forgets_the_leases_of_its_earlier_life(db: Database) -> None:
    waiting, sending = (the_delivery(db) for _ in range(2))
    old = {one.id: one for one in claim(db)}
    change(db, sending, state="sending")
    with db.write() as tx:
        outbox.forget_leases(tx)
    assert not any(holds(db, one) for one in old.values())
    assert [one.id for one in adrift(db)] == [sending]
    assert [(one.id, one.fence) for one in claim(db)] == [(waiting, 2)]


# --- letters


def test_promises_are_composed_once(db: Database) -> None:
    case_id = new_case(db)
    first, second = new_letter(db, case_id), new_letter(db, case_id)
    with db.read() as connection:
        assert [one.id for one in outbox.promised(connection, 9)] == [first, second]
        assert [one.id for one in outbox.promised(connection, 1)] == [first]

    def compose() -> bool:
        with writing(db) as book:
            mine = outbox.is_promised(book.tx, first)
            if mine:
                record(book, case_id, Update(tables.letters, first, {"state": "queued"}))
            return mine

    assert sorted(at_once([compose] * 3)) == [False, False, True]
    with db.read() as connection:
        assert [one.id for one in outbox.promised(connection, 9)] == [second]
        assert history.faults(connection, case_id) == ()


def test_a_letter_is_open_while_one_delivery_is(db: Database) -> None:
    one, other = new_deliveries(db, new_case(db), 2)
    with db.read() as connection:
        letter_id = connection.scalar(select(tables.deliveries.c.letter_id).limit(1))
    assert letter_id is not None
    for state, is_open in [
        ("queued", True),
        ("sending", True),
        ("deferred", True),
        ("uncertain", True),
        ("accepted", False),
        ("refused", False),
    ]:
        change(db, other, state=state)
        with db.write() as tx:
            assert bool(outbox.open_states(tx, letter_id, without=one)) is is_open


def test_every_attempt_is_kept(db: Database) -> None:
    the_delivery(db)
    (claimed,) = claim(db)
    with db.write() as tx:
        attempts.begin(tx, claimed.id, 1, NOW)
        attempts.begin(tx, claimed.id, 2, NOW + _MINUTE)
        tried = replace(claimed, attempts=2)
        tx.execute(update(tables.deliveries).values(state="sending"))
        attempts.end(tx, tried, NOW + 2 * _MINUTE, "accepted", 250, "queued as 7")
    with db.read() as connection:
        first, second = connection.execute(
            select(tables.attempts).order_by(tables.attempts.c.number)
        ).all()
    assert (first.ended_at, first.outcome) == (None, None)
    assert (second.ended_at, second.outcome) == (NOW + 2 * _MINUTE, "accepted")
    assert (second.reply_code, second.reply_text) == (250, "queued as 7")


@pytest.mark.parametrize(
    ("after_dot", "seen_to", "noted"),
    [
        (True, {}, "accepted"),
        (False, {}, None),  # nothing left, so nothing is lost with it
        (True, {"fence": 2}, attempts.DOT),
        (True, {"state": "uncertain"}, attempts.DOT),
    ],
)
def test_after_its_lease_a_node_notes_the_answer_to_its_dot_and_nothing_else(
    db: Database, *, after_dot: bool, seen_to: dict[str, Any], noted: str | None
) -> None:
    the_delivery(db)
    (claimed,) = claim(db)
    tried = replace(claimed, attempts=1)
    change(db, tried.id, state="sending")
    with db.write() as tx:
        attempts.begin(tx, tried.id, 1, NOW)
        if after_dot:
            attempts.end(tx, tried, NOW, attempts.DOT, None, "")
    run_out(db, tried.id)
    change(db, tried.id, **seen_to, lease_owner="any")
    with db.write() as tx:
        attempts.end(tx, tried, NOW + _MINUTE, "accepted", 250, "queued as 7")
        said = attempts.last(tx, tried)
    assert said is not None
    assert said.outcome == noted


def test_a_new_question_ends_the_answers_to_earlier_ones(db: Database) -> None:
    case_id, other_case = new_case(db), new_case(db)
    earlier, later = new_letter(db, case_id), new_letter(db, case_id)
    (delivery_id,) = new_deliveries(db, case_id, 1)
    made = [
        ("earlier answer", case_id, earlier, "answer", None),
        ("earlier reply", case_id, earlier, "reply", None),
        ("revoked before", case_id, earlier, "answer", NOW - _MINUTE),
        ("later answer", case_id, later, "answer", None),
        ("other case", other_case, earlier, "answer", None),
    ]
    with db.write() as tx:
        for name, case, letter, purpose, revoked_at in made:
            token = row(
                tables.tokens,
                sha256=name,
                case_id=case,
                letter_id=letter,
                delivery_id=delivery_id,
                purpose=purpose,
                revoked_at=revoked_at,
            )
            tx.execute(tables.tokens.insert().values(token))
        outbox.revoke_earlier_answers(tx, outbox.letter(tx, later), NOW)
        found = tx.execute(select(tables.tokens.c.sha256, tables.tokens.c.revoked_at)).all()
    assert {name: at for name, at in found if at is not None} == {
        "earlier answer": NOW,
        "revoked before": NOW - _MINUTE,
    }
