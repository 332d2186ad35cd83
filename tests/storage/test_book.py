"""R-46: what the book writes to the tables can be rebuilt from what it writes to the history."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Table, event, insert, select

from cases.errors import NotFound, Stale
from storage import history, tables
from storage.book import Book
from storage.changes import Enter, Insert, Leave, Update
from storage.database import Database
from tests.storage.rows import (
    NOW,
    keep_raw,
    new_case,
    new_deliveries,
    new_id,
    new_letter,
    record,
    row,
    salt,
    writing,
)
from tests.storage.story import Story


def whole(db: Database, *cases: int) -> None:
    """The history of each case is in order and equals the tables."""
    with db.read() as connection:
        for case_id in cases:
            assert history.faults(connection, case_id) == ()
            assert history.rebuild(connection, case_id) == history.present(connection, case_id)


@pytest.mark.parametrize("seed", range(6))
def test_any_story_can_be_rebuilt(db: Database, seed: int) -> None:
    story = Story(db, seed)
    story.tell(cases=3, happenings=12)
    whole(db, *story.cases)


def test_the_stories_use_every_table(sqlite_db: Database) -> None:
    """Else the tests above would say less than they seem to."""
    Story(sqlite_db, 1).tell(cases=3, happenings=60)
    with sqlite_db.read() as connection:
        used = {
            table.name
            for table in history.CASE_TABLES
            if connection.execute(select(table).limit(1)).first()
        }
    assert used == {table.name for table in history.CASE_TABLES}


def test_every_table_with_a_case_is_recorded_or_known_not_to_be() -> None:
    """Whoever adds a table must decide."""
    with_case = {t.name for t in tables.metadata.sorted_tables if "case_id" in t.c}
    recorded = {table.name for table in history.CASE_TABLES} - {"cases"}
    assert with_case - recorded == {
        "case_marks",  # made anew from what cases say
        "to_compare",
        "history",
        "history_payloads",
        "thread_keys",
        "tokens",
    }


def test_a_happening_says_who_why_and_when(db: Database) -> None:
    case_id = new_case(db)
    with writing(db, NOW + timedelta(hours=1)) as book:
        change = Update(tables.cases, case_id, {"remark": "urgent", "order_value": Decimal("1.50")})
        record(book, case_id, change, kind="fields_set")
    with db.read() as connection:
        opened, changed = history.steps(connection, case_id)
    assert (opened.seq, opened.kind) == (1, "registered")
    assert (changed.seq, changed.kind) == (2, "fields_set")
    assert (changed.actor, changed.cause) == ("customer:wei@factory.example", "mail:abc")
    assert changed.at == "2026-03-02T10:00:00.000000+00:00"
    assert changed.payload == [
        {"update": "cases", "id": case_id, "values": {"remark": "urgent", "order_value": "1.50"}}
    ]


def test_columns_that_are_not_recorded_are_left_out(db: Database) -> None:
    case_id = new_case(db)
    message = row(tables.messages, case_id=case_id, text="the groove is too deep")
    (delivery,) = new_deliveries(db, case_id, 1)
    with writing(db) as book:
        record(book, case_id, Insert(tables.messages, message))
        leased = {"state": "sending", "lease_owner": "node", "lease_until": 1, "fence": 4}
        record(book, case_id, Update(tables.deliveries, delivery, leased))
    with db.read() as connection:
        told = history.steps(connection, case_id)
        assert connection.scalar(select(tables.messages.c.text)) == "the groove is too deep"
        assert connection.scalar(select(tables.deliveries.c.fence)) == 4
    names = {name for s in told for change in s.payload or () for name in change["values"]}
    assert not names & {"text", "new_text", "lease_owner", "lease_until", "fence"}
    assert not names & {"history_seq", "history_hash"}
    assert not any("groove" in str(step.payload) for step in told)
    whole(db, case_id)


def test_a_row_goes_to_another_case(db: Database) -> None:
    """Linking and splitting: each case's history tells that case alone."""
    one, other = new_case(db), new_case(db)
    message = row(tables.messages, case_id=one, subject="groove")
    with writing(db) as book:
        record(book, one, Insert(tables.messages, message))
    with writing(db) as book:
        record(book, one, Leave(tables.messages, message["id"]))
        record(book, other, Enter(tables.messages, message | {"case_id": other}))
    whole(db, one, other)
    with db.read() as connection:
        assert history.rebuild(connection, one)["messages"] == {}
        assert history.rebuild(connection, other)["messages"].keys() == {message["id"]}


def test_a_row_that_left_without_arriving_is_found(db: Database) -> None:
    one, line = new_case(db), row(tables.lines, position=1)
    with writing(db) as book:
        record(book, one, Insert(tables.lines, line | {"case_id": one}))
        record(book, one, Leave(tables.lines, line["id"]))
    with db.read() as connection:
        assert history.faults(connection, one) == (f"lines {line['id']} is only in the table",)


def test_new_rows_may_refer_to_each_other_in_any_order(db: Database) -> None:
    """A flush inserts in the order of the references, and a case with the rest of its rows."""
    case = row(tables.cases)
    letter = row(tables.letters, case_id=case["id"], state="queued")
    with writing(db) as book:
        delivery = row(
            tables.deliveries,
            case_id=case["id"],
            letter_id=letter["id"],
            raw_sha256=keep_raw(book),
            state="queued",
        )
        task = row(tables.tasks, case_id=case["id"], letter_id=letter["id"])
        for table, values in (
            (tables.tasks, task),
            (tables.deliveries, delivery),
            (tables.letters, letter),
            (tables.cases, case),
        ):
            record(book, case["id"], Insert(table, values))
        record(book, case["id"], Update(tables.letters, letter["id"], {"state": "done"}))
    whole(db, case["id"])


def test_several_flushes_continue_the_chain(db: Database) -> None:
    case = row(tables.cases)
    with writing(db) as book:
        record(book, case["id"], Insert(tables.cases, case))
        book.flush()
        record(book, case["id"], Update(tables.cases, case["id"], {"remark": "one"}))
        book.flush()
        book.flush()
        record(book, case["id"], Update(tables.cases, case["id"], {"remark": "two"}))
    whole(db, case["id"])
    with db.read() as connection:
        assert [step.seq for step in history.steps(connection, case["id"])] == [1, 2, 3]


def test_a_happening_that_fails_leaves_no_trace(db: Database) -> None:
    case_id = new_case(db)
    changes = (
        Update(tables.cases, case_id, {"remark": "lost"}),
        Update(tables.lines, new_id(), {"lot": "7"}),
    )
    with pytest.raises(Stale, match="is not there any more"), writing(db) as book:
        record(book, case_id, *changes)
    whole(db, case_id)
    with db.read() as connection:
        assert len(history.steps(connection, case_id)) == 1
        assert connection.scalar(select(tables.cases.c.remark)) is None


def test_one_row_of_many_that_is_gone_is_noticed(db: Database) -> None:
    """Updates of the same columns are one statement: it must have met every row."""
    case_id = new_case(db)
    lines = [row(tables.lines, case_id=case_id, position=n) for n in range(5)]
    with writing(db) as book:
        record(book, case_id, *(Insert(tables.lines, line) for line in lines))
    updates = [Update(tables.lines, line["id"], {"lot": "7"}) for line in lines]
    with writing(db) as book:
        record(book, case_id, *updates)
    with pytest.raises(Stale, match="is not there any more"), writing(db) as book:
        record(book, case_id, *updates, Update(tables.lines, new_id(), {"lot": "8"}))
    whole(db, case_id)
    with db.read() as connection:
        assert connection.scalars(select(tables.lines.c.lot)).all() == ["7"] * 5


def test_the_last_value_of_a_column_holds(db: Database) -> None:
    case_id = new_case(db)
    with writing(db) as book:
        record(book, case_id, Update(tables.cases, case_id, {"remark": "a", "round": 2}))
        record(book, case_id, Update(tables.cases, case_id, {"remark": "b"}))
    whole(db, case_id)
    with db.read() as connection:
        assert connection.execute(select(tables.cases.c.remark, tables.cases.c.round)).one() == (
            "b",
            2,
        )


def test_rows_are_seen_with_what_is_not_written_yet(db: Database) -> None:
    case_id, other = new_case(db), new_case(db)
    first, second, third = (row(tables.lines, case_id=case_id, position=n) for n in range(3))
    with writing(db) as book:
        record(book, case_id, Insert(tables.lines, first), Insert(tables.lines, second))
    with writing(db) as book:
        book.read_ahead([case_id, other], tables.lines)
        record(book, case_id, Update(tables.lines, first["id"], {"lot": "7"}))
        record(book, case_id, Leave(tables.lines, second["id"]), Insert(tables.lines, third))
        record(book, other, Enter(tables.lines, second | {"case_id": other}))
        seen = {one["id"]: one["lot"] for one in book.rows(tables.lines, case_id)}
        assert seen == {first["id"]: "7", third["id"]: None}
        assert [one["id"] for one in book.rows(tables.lines, other)] == [second["id"]]
        book.flush()
        assert {one["id"]: one["lot"] for one in book.rows(tables.lines, case_id)} == seen
        assert [one["id"] for one in book.made(tables.lines)] == [third["id"]]
        assert book.waiting(tables.lines) == []


def test_rows_of_a_case_that_is_new(db: Database) -> None:
    case = row(tables.cases)
    with writing(db) as book:
        record(book, case["id"], Insert(tables.cases, case))
        book.lock([case["id"]])
        assert [one["number"] for one in book.rows(tables.cases, case["id"])] == [case["number"]]
        assert book.rows(tables.lines, case["id"]) == []


def test_numbers_have_no_gaps_whoever_takes_them(db: Database) -> None:
    """R-20: one that takes several writes the last one; one that fails gives all of them back."""
    taken: list[int] = []

    def fail() -> None:
        with writing(db) as book:
            book.number("KS", 2026)
            book.number("KS", 2026)
            raise Stale("it fails")

    for count in (3, 1, 2):
        with writing(db) as book:
            taken += [book.number("KS", 2026) for _ in range(count)]
        with pytest.raises(Stale):
            fail()
    assert taken == [1, 2, 3, 4, 5, 6]


def test_what_is_asked_once_is_asked_anew_after_a_change(db: Database) -> None:
    count = itertools.count(1)

    def ask() -> int:
        return next(count)

    with writing(db) as book:
        assert [book.once("turns", ask) for _ in "ab"] == [1, 1]
        book.forget()
        assert book.once("turns", ask) == 2


def test_a_case_that_is_not_there_is_not_found(db: Database) -> None:
    there, missing = new_case(db), new_id()
    with db.write() as tx, pytest.raises(NotFound, match=str(missing)):
        Book(tx, NOW, salt).lock([there, missing])


def test_one_statement_a_table(db: Database) -> None:
    """executemany: a batch of mails must not cost a round trip a row (perf.md)."""
    said: list[str] = []
    case = row(tables.cases)
    lines = [row(tables.lines, case_id=case["id"], position=n) for n in range(30)]
    with db.write() as tx:
        event.listen(tx, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text))
        book = Book(tx, NOW, salt)
        record(book, case["id"], Insert(tables.cases, case))
        record(book, case["id"], *(Insert(tables.lines, line) for line in lines))
        book.flush()
    assert len([text for text in said if text.startswith("INSERT INTO lines")]) == 1
    assert len([text for text in said if text.startswith("INSERT")]) == 4


def thread_key(case_id: int, customer_id: int, key: str) -> Insert:
    values = {"customer_id": customer_id, "key": key, "case_id": case_id}
    return Insert(tables.thread_keys, values)


def test_asides_belong_to_no_history(db: Database) -> None:
    customer = row(tables.customers)
    case_id = new_case(db)
    with writing(db) as book:
        book.unless_there(*(thread_key(case_id, customer["id"], key) for key in "bab"))
        book.aside(Insert(tables.customers, customer))
    with writing(db) as book:
        book.unless_there(*(thread_key(case_id, customer["id"], key) for key in "cb"))
    with db.read() as connection:
        keys = connection.scalars(select(tables.thread_keys.c.key)).all()
        assert sorted(keys) == ["a", "b", "c"]
        assert len(history.steps(connection, case_id)) == 1


def test_a_promise_is_made_once(db: Database) -> None:
    case_id = new_case(db)
    new_letter(db, case_id, promise_key="ack")
    with pytest.raises(Stale):
        new_letter(db, case_id, promise_key="ack")
    whole(db, case_id)


@pytest.mark.parametrize("table", [tables.history, tables.history_payloads])
def test_the_history_has_no_second_writer(db: Database, table: Table) -> None:
    """Two records with one number are refused by the key, whoever writes them."""
    case_id = new_case(db)
    with db.read() as connection:
        there = dict(connection.execute(select(table)).one()._mapping)
    assert there["case_id"] == case_id
    with pytest.raises(Stale), db.write() as tx:
        tx.execute(insert(table).values(there))
