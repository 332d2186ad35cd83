"""Several writers on one case: the chain never forks, and nobody waits for ever."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from storage import clocks, history, outbox, tables
from storage.changes import Insert, Update
from storage.database import Database
from storage.records import Clock
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


def write_tasks(db: Database, case_ids: list[int], times: int, seed: int) -> Callable[[], None]:
    """Open tasks in all these cases, in one transaction at a time."""
    chance = random.Random(seed)

    def run() -> None:
        for _ in range(times):
            with writing(db) as book:
                for case_id in chance.sample(case_ids, len(case_ids)):
                    record(book, case_id, Insert(tables.tasks, row(tables.tasks, case_id=case_id)))

    return run


def test_writers_of_one_case_never_fork_its_chain(db: Database) -> None:
    case_id = new_case(db)
    at_once([write_tasks(db, [case_id], 15, seed) for seed in range(4)])
    with db.read() as connection:
        assert history.faults(connection, case_id) == ()
        assert len(history.steps(connection, case_id)) == 61


def test_writers_of_several_cases_do_not_wait_for_each_other_for_ever(db: Database) -> None:
    """Each names the cases in another order; the book locks them in one."""
    cases = [new_case(db) for _ in range(4)]
    at_once([write_tasks(db, cases, 8, seed) for seed in range(4)])
    with db.read() as connection:
        for case_id in cases:
            assert history.faults(connection, case_id) == ()
            assert len(history.steps(connection, case_id)) == 33


def test_a_decision_rests_on_what_the_lock_waited_for(db: Database) -> None:
    """Read, then write what was read plus one: nothing is lost under the lock."""
    case_id = new_case(db, round=0)

    def next_rounds() -> None:
        for _ in range(10):
            with writing(db) as book:
                book.lock([case_id])
                before = book.tx.scalar(
                    select(tables.cases.c.round).where(tables.cases.c.id == case_id)
                )
                assert before is not None
                record(book, case_id, Update(tables.cases, case_id, {"round": before + 1}))

    at_once([next_rounds] * 3)
    with db.read() as connection:
        assert connection.scalar(select(tables.cases.c.round)) == 30
        assert history.faults(connection, case_id) == ()


def test_new_keys_of_two_writers_do_not_make_them_wait_for_ever(db: Database) -> None:
    """Two registrars meet the same thread from its two ends."""
    case_id, customer = new_case(db), row(tables.customers)
    with writing(db) as book:
        book.aside(Insert(tables.customers, customer))

    def remember(number: int, turn: int) -> None:
        keys = [f"<{number}.{n}@shop.example>" for n in range(8)]
        with writing(db) as book:
            for key in keys[::turn]:
                values = {"customer_id": customer["id"], "key": key, "case_id": case_id}
                book.unless_there(Insert(tables.thread_keys, values))

    for number in range(8):
        at_once([lambda n=number: remember(n, 1), lambda n=number: remember(n, -1)])  # type: ignore[misc]  # mypy: lambda
    with db.read() as connection:
        assert len(connection.execute(select(tables.thread_keys.c.key)).all()) == 64


# --- who looks at a row of a case first


@pytest.mark.parametrize("looked_at", ["clock", "claim", "adrift", "promise"])
def test_a_sweep_and_a_person_do_not_wait_for_each_other_for_ever(
    db: Database, looked_at: str
) -> None:
    """The sweep looks at a clock or a letter and then writes to its case; the person has the case
    and then changes that clock or letter. Whatever the order of steps, both come to an end."""
    case_id = new_case(db)
    letter_id = new_letter(db, case_id)
    clock = row(tables.clocks, case_id=case_id, strikes_at=NOW)
    (delivery_id,) = new_deliveries(db, case_id, 1)
    with writing(db) as book:
        record(book, case_id, Insert(tables.clocks, clock))
    with db.write() as tx:
        (claimed,) = outbox.claim(tx, "node", NOW, lease_seconds=300, limit=1)
        if looked_at == "adrift":
            tx.execute(update(tables.deliveries).values(state="sending"))
    person_has_case, sweep_looks = threading.Event(), threading.Event()

    def sweep() -> bool:
        person_has_case.wait(10)
        with writing(db) as book:
            sweep_looks.set()
            seen = {
                "clock": lambda: clocks.strikes_still(book.tx, Clock.of_values(clock)),
                "claim": lambda: outbox.holds(book.tx, claimed),
                "adrift": lambda: outbox.is_adrift(book.tx, claimed),
                "promise": lambda: outbox.is_promised(book.tx, letter_id),
            }[looked_at]()
            record(book, case_id, Update(tables.cases, case_id, {"remark": "swept"}))
        return seen

    def person() -> bool:
        with writing(db) as book:
            book.lock([case_id])
            person_has_case.set()
            sweep_looks.wait(10)
            record(book, case_id, Update(tables.clocks, clock["id"], {"strikes_at": None}))
            record(book, case_id, Update(tables.deliveries, delivery_id, {"state": "accepted"}))
            record(book, case_id, Update(tables.letters, letter_id, {"state": "withdrawn"}))
            released = {"lease_until": None}
            record(book, case_id, Update(tables.deliveries, delivery_id, released))
        return True

    if db.is_sqlite:
        person_has_case.set()  # its writers stand in line already before they look
        sweep_looks.set()
    swept, _ = at_once([sweep, person])
    if not db.is_sqlite:
        assert swept is False  # the person was first, and the sweep saw it
    with db.read() as connection:
        assert history.faults(connection, case_id) == ()


def test_a_reader_is_not_held_up_by_a_writer(db: Database) -> None:
    case_id = new_case(db)
    with writing(db) as book:
        record(book, case_id, Update(tables.cases, case_id, {"remark": "half-way"}))
        book.flush()
        with db.read() as connection:
            assert connection.scalar(select(tables.cases.c.remark)) is None
