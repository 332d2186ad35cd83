"""R-46: whoever alters the record or the tables behind the book's back is found, every time."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Row, delete, insert, select, text, update

from storage import history, tables
from storage.changes import Insert, Update, canonical, plain
from storage.database import Database
from storage.history import CASE_TABLES
from storage.tables import history as records
from storage.tables import history_payloads as payloads
from tests.storage.rows import NOW, new_case, new_id, record, row, writing
from tests.storage.story import Story, any_value, changeable

Chance = random.Random
# 1000 in five rounds; PostgreSQL, where each takes three times as long, has a fifth of them.
TAMPERINGS: Final = {True: 160, False: 40}  # by db.is_sqlite


def faults(connection: Connection, case_id: int) -> tuple[str, ...]:
    return history.faults(connection, case_id)


def told(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(records).where(records.c.case_id == case_id).order_by(records.c.seq)
    ).all()


def at(table: Any, one: Any) -> Any:
    return (table.c.case_id == one.case_id) & (table.c.seq == one.seq)


# --- ways to tamper; each gets a transaction that is rolled back afterwards


def other_payload(tx: Connection, case_id: int, chance: Chance) -> None:
    """One character of a payload, anywhere in it."""
    one = chance.choice(tx.execute(select(payloads).where(payloads.c.case_id == case_id)).all())
    place = chance.randrange(len(one.payload))
    other = chance.choice([c for c in '0a,"}' if c != one.payload[place]])
    changed = one.payload[:place] + other + one.payload[place + 1 :]
    tx.execute(update(payloads).where(at(payloads, one)).values(payload=changed))


def other_salt(tx: Connection, case_id: int, chance: Chance) -> None:
    one = chance.choice(tx.execute(select(payloads).where(payloads.c.case_id == case_id)).all())
    tx.execute(update(payloads).where(at(payloads, one)).values(salt=one.salt[::-1]))


def payloads_swapped(tx: Connection, case_id: int, chance: Chance) -> None:
    every = tx.execute(select(payloads).where(payloads.c.case_id == case_id)).all()
    one, other = chance.sample(every, 2)
    for to, source in ((one, other), (other, one)):
        swapped = {"salt": source.salt, "payload": source.payload}
        tx.execute(update(payloads).where(at(payloads, to)).values(swapped))


def other_record(tx: Connection, case_id: int, chance: Chance) -> None:
    """One column of a record: who, why, what, when, or a hash."""
    one = chance.choice(told(tx, case_id))
    name = chance.choice(["at", "actor", "cause", "kind", "payload_hash", "previous_hash"])
    was = getattr(one, name)
    now = was + timedelta(microseconds=1) if name == "at" else f"{was[:-1]}{'!' if was else ''}"
    tx.execute(update(records).where(at(records, one)).values({name: now}))


def record_deleted(tx: Connection, case_id: int, chance: Chance) -> None:
    _delete(tx, chance.choice(told(tx, case_id)[:-1]))


def tail_deleted(tx: Connection, case_id: int, chance: Chance) -> None:
    every = told(tx, case_id)
    for one in every[-chance.randint(1, len(every)) :]:
        _delete(tx, one)


def order_swapped(tx: Connection, case_id: int, chance: Chance) -> None:
    one, other = chance.sample(told(tx, case_id), 2)
    kept = {r.seq: tx.execute(select(payloads).where(at(payloads, r))).one() for r in (one, other)}
    for r in (one, other):
        _delete(tx, r)
    for r, seq in ((one, other.seq), (other, one.seq)):
        tx.execute(insert(records).values(dict(r._mapping) | {"seq": seq}))
        tx.execute(insert(payloads).values(dict(kept[r.seq]._mapping) | {"seq": seq}))


def record_forged(tx: Connection, case_id: int, chance: Chance) -> None:
    last = told(tx, case_id)[-1]
    forged = dict(last._mapping) | {"seq": last.seq + 1, "kind": "approved"}
    tx.execute(insert(records).values(forged))


def head_moved(tx: Connection, case_id: int, chance: Chance) -> None:
    """The tail is cut off, and the case is made to agree, but not wholly."""
    every = told(tx, case_id)
    last = every[-chance.randint(1, len(every) - 1) - 1]
    for one in every[last.seq :]:
        _delete(tx, one)
    changed = {"history_seq": last.seq}
    tx.execute(update(tables.cases).where(tables.cases.c.id == case_id).values(changed))


def other_value(tx: Connection, case_id: int, chance: Chance) -> None:
    """Any recorded column of any row of the case."""
    every = [(table, r) for table in CASE_TABLES for r in _rows(tx, table, case_id)]
    table, one = chance.choice(every)
    column = chance.choice([c for c in table.c if changeable(c)])
    was = canonical(plain(getattr(one, column.name)))
    now = any_value(column, chance)
    while canonical(plain(now)) == was or (now is None and not column.nullable):
        now = any_value(column, chance)
    tx.execute(update(table).where(table.c.id == one.id).values({column.name: now}))


def row_added(tx: Connection, case_id: int, chance: Chance) -> None:
    added = row(tables.lines, case_id=case_id, position=new_id() % 2**31)
    tx.execute(insert(tables.lines).values(added))


def row_gone(tx: Connection, case_id: int, chance: Chance) -> None:
    """A row to which no other refers; a case that has none gets one that nobody recorded."""
    loose = (
        tables.lines,
        tables.tasks,
        tables.answers,
        tables.measures,
        tables.solutions,
        tables.attachments,
    )
    every = [(table, r) for table in loose for r in _rows(tx, table, case_id)]
    if not every:
        row_added(tx, case_id, chance)
        return
    table, one = chance.choice(every)
    tx.execute(delete(table).where(table.c.id == one.id))


def row_moved(tx: Connection, case_id: int, chance: Chance) -> None:
    other = tx.scalar(select(tables.cases.c.id).where(tables.cases.c.id != case_id).limit(1))
    loose = (tables.clocks, tables.tasks, tables.answers, tables.solutions)
    every = [(table, r) for table in loose for r in _rows(tx, table, case_id)]
    if not every:
        row_added(tx, case_id, chance)
        return
    table, one = chance.choice(every)
    tx.execute(update(table).where(table.c.id == one.id).values(case_id=other))


WAYS: Final[tuple[Callable[[Connection, int, Chance], None], ...]] = (
    other_payload,
    other_salt,
    payloads_swapped,
    other_record,
    record_deleted,
    tail_deleted,
    order_swapped,
    record_forged,
    head_moved,
    other_value,
    other_value,  # the most likely one
    row_added,
    row_gone,
    row_moved,
)


def _rows(tx: Connection, table: Any, case_id: int) -> Sequence[Row[Any]]:
    owner = table.c.id if table is tables.cases else table.c.case_id
    return tx.execute(select(table).where(owner == case_id).order_by(table.c.id)).all()


def _delete(tx: Connection, one: Any) -> None:
    for table in (payloads, records):
        tx.execute(delete(table).where(at(table, one)))


@pytest.mark.parametrize("seed", range(5))
def test_every_tampering_is_found(db: Database, seed: int) -> None:
    story = Story(db, seed)
    story.tell(cases=2, happenings=4)
    case_id, chance = story.cases[0], Chance(seed)
    unseen = []
    for number in range(TAMPERINGS[db.is_sqlite]):
        way = WAYS[number % len(WAYS)]
        with db.write() as tx:
            before = chance.getstate()
            way(tx, case_id, chance)
            if not faults(tx, case_id):
                unseen.append((way.__name__, number, before))
            tx.rollback()
    assert unseen == []
    with db.read() as connection:
        assert faults(connection, case_id) == ()  # so it was the tampering that was found


def test_a_tampered_case_does_not_accuse_others(db: Database) -> None:
    one, other = new_case(db), new_case(db)
    with db.write() as tx:
        tx.execute(update(records).where(records.c.case_id == one).values(actor="user:eve"))
    with db.read() as connection:
        assert faults(connection, one)
        assert faults(connection, other) == ()


# --- what is said


@pytest.fixture
def case_id(db: Database) -> int:
    """A case with three records: registered, a line, a remark."""
    made = new_case(db)
    line = row(tables.lines, id=made + 10**6, case_id=made, position=1, lot="7")
    with writing(db) as book:
        record(book, made, Insert(tables.lines, line), kind="line_added")
    with writing(db, NOW + timedelta(hours=1)) as book:
        values = {"remark": "urgent", "team": [1]}
        record(book, made, Update(tables.cases, made, values), kind="fields_set")
    return made


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE history_payloads SET payload = 'no json' WHERE seq = 2",
            ("the content of record 2 was altered",),
        ),
        (
            "UPDATE history SET actor = 'user:eve' WHERE seq = 2",
            ("record 3 does not follow from record 2",),
        ),
        (
            "UPDATE history SET actor = 'user:eve' WHERE seq = 3",
            ("the history ends at record 3, the case says 3",),
        ),
        ("UPDATE cases SET remark = 'later'", ("cases {case}: remark differs",)),
        ("UPDATE cases SET remark = NULL", ("cases {case}: remark differs",)),
        ("UPDATE cases SET team = '[true]'", ("cases {case}: team differs",)),
        ("UPDATE cases SET team = '[1.0]'", ("cases {case}: team differs",)),
        (
            "UPDATE cases SET order_value = 'a lot'",
            ("cases holds a value that is none of its kind",),
        ),
        ("DELETE FROM lines", ("lines {line} is only in the history",)),
    ],
)
def test_the_fault_is_named(
    db: Database, case_id: int, statement: str, said: tuple[str, ...]
) -> None:
    with db.write() as tx:
        tx.execute(text(statement))
    with db.read() as connection:
        assert faults(connection, case_id) == tuple(
            one.format(case=case_id, line=case_id + 10**6) for one in said
        )


def test_a_deleted_record_is_named(db: Database, case_id: int) -> None:
    with db.write() as tx:
        _delete(tx, told(tx, case_id)[1])
    with db.read() as connection:
        assert faults(connection, case_id) == (
            "record 2 is missing before record 3",
            "record 3 does not follow from record 1",
            f"lines {case_id + 10**6} is only in the table",
        )


def test_a_case_that_is_gone_is_named(sqlite_db: Database, tmp_path: Path) -> None:
    """Whoever has the file can switch the references off."""
    case_id = new_case(sqlite_db)
    with closing(sqlite3.connect(tmp_path / "amends.sqlite")) as theirs:
        theirs.execute("DELETE FROM cases")
        theirs.commit()
    with sqlite_db.read() as connection:
        assert faults(connection, case_id) == (
            "the case itself is gone",
            f"cases {case_id} is only in the history",
        )


# --- erasing


def test_an_erased_payload_keeps_the_chain_whole(db: Database, case_id: int) -> None:
    for seq in (2, 1, 3):
        with db.write() as tx:
            tx.execute(delete(payloads).where(payloads.c.case_id == case_id, payloads.c.seq == seq))
        with db.read() as connection:
            assert faults(connection, case_id) == ()
            erased = [s.seq for s in history.steps(connection, case_id) if s.payload is None]
            assert seq in erased


def test_what_came_after_an_erased_payload_must_still_agree(db: Database, case_id: int) -> None:
    with db.write() as tx:
        tx.execute(delete(payloads).where(payloads.c.seq == 1))
    with db.write() as tx:
        tx.execute(update(tables.cases).values(remark="later"))
    with db.read() as connection:
        assert faults(connection, case_id) == (f"cases {case_id}: remark differs",)


def test_a_case_goes_on_after_erasing(db: Database, case_id: int) -> None:
    with db.write() as tx:
        tx.execute(delete(payloads))
    with writing(db) as book:
        record(book, case_id, Update(tables.cases, case_id, {"remark": "on"}))
    with db.read() as connection:
        assert faults(connection, case_id) == ()
        assert [s.seq for s in history.steps(connection, case_id)] == [1, 2, 3, 4]


def test_the_hash_of_an_erased_payload_cannot_be_guessed(db: Database) -> None:
    """Two cases with the same words have different hashes: the salt is erased with them."""
    with writing(db) as book:
        cases = [row(tables.cases) for _ in range(2)]
        for case in cases:
            record(book, case["id"], Insert(tables.cases, case))
    with writing(db) as book:
        for case in cases:
            record(book, case["id"], kind="said nothing")
    with db.read() as connection:
        hashes = [told(connection, case["id"])[-1].payload_hash for case in cases]
    assert hashes[0] != hashes[1]
