"""One look-up finds what all clues of a batch name, and nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, insert

from storage import lookup, tables
from storage.changes import Insert, Update
from storage.database import Database
from storage.lookup import Known
from tests.storage.rows import (
    NOW,
    keep_raw,
    new_case,
    new_deliveries,
    new_id,
    new_letter,
    record,
    row,
    writing,
)


def look(
    db: Database,
    *,
    addresses: tuple[str, ...] = (),
    token_hashes: tuple[str, ...] = (),
    message_ids: tuple[str, ...] = (),
    numbers: tuple[str, ...] = (),
) -> Known:
    with db.read() as connection:
        return lookup.look_up(
            connection,
            addresses=addresses,
            token_hashes=token_hashes,
            message_ids=message_ids,
            numbers=numbers,
        )


def add(db: Database, *rows: Insert) -> None:
    with writing(db) as book:
        book.aside(*rows)


def test_no_clue_finds_nothing(db: Database) -> None:
    new_case(db)
    assert look(db) == Known()


def test_contacts_by_address(db: Database) -> None:
    customer = row(tables.customers)
    wei = row(tables.contacts, customer_id=customer["id"], address="wei@factory.example")
    bob = row(tables.contacts, customer_id=customer["id"], address="bob@factory.example")
    add(
        db,
        *(Insert(tables.contacts, one) for one in (wei, bob)),
        Insert(tables.customers, customer),
    )
    known = look(db, addresses=("wei@factory.example", "eve@elsewhere.example"))
    assert list(known.contacts) == ["wei@factory.example"]
    assert known.contacts["wei@factory.example"].customer_id == customer["id"]
    assert known.contacts["wei@factory.example"].id == wei["id"]


def test_tokens_by_hash(db: Database) -> None:
    case_id = new_case(db)
    (delivery_id,) = new_deliveries(db, case_id, 1)
    letter_id = new_letter(db, case_id)
    token = row(
        tables.tokens,
        sha256="a" * 64,
        case_id=case_id,
        letter_id=letter_id,
        delivery_id=delivery_id,
        purpose="answer",
        recipient="wei@factory.example",
        expires_at=NOW,
    )
    add(db, Insert(tables.tokens, token))
    known = look(db, token_hashes=("a" * 64, "b" * 64))
    assert list(known.tokens) == ["a" * 64]
    found = known.tokens["a" * 64]
    assert (found.case_id, found.letter_id, found.delivery_id) == (case_id, letter_id, delivery_id)
    assert (found.purpose, found.expires_at, found.revoked_at) == ("answer", NOW, None)


def test_message_ids_of_ours_and_of_threads(db: Database) -> None:
    """A thread key is one customer's: the same id in two customers' mails names two cases."""
    one, other = new_case(db), new_case(db)
    new_letter(db, one, message_id="<ours@desk.example>")
    customers = [row(tables.customers) for _ in range(2)]
    add(db, *(Insert(tables.customers, customer) for customer in customers))
    for customer, case_id in zip(customers, (one, other), strict=True):
        key = {"customer_id": customer["id"], "key": "<theirs@shop.example>", "case_id": case_id}
        add(db, Insert(tables.thread_keys, key))
    known = look(db, message_ids=("<ours@desk.example>", "<theirs@shop.example>", "<no@x.example>"))
    assert known.our_ids == {"<ours@desk.example>": one}
    assert known.keys == {
        "<theirs@shop.example>": {customers[0]["id"]: one, customers[1]["id"]: other}
    }


def test_case_numbers(db: Database) -> None:
    case_id = new_case(db, number="KS2026-001")
    new_case(db, number="KS2026-002")
    assert look(db, numbers=("KS2026-001", "KS2026-999")).numbers == {"KS2026-001": case_id}


def test_a_big_batch_stays_within_the_limits_of_the_databases(db: Database) -> None:
    """40,000 references: more than one statement may have parameters."""
    case_id = new_case(db, number="KS2026-001")
    many = tuple(f"<{n}@shop.example>" for n in range(40_000))
    known = look(db, message_ids=many, numbers=("KS2026-001",))
    assert known == Known(numbers={"KS2026-001": case_id})


def test_a_batch_asks_once_a_table(db: Database) -> None:
    asked: list[str] = []
    with db.read() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda _c, _u, text, *_: asked.append(text)
        )
        lookup.look_up(
            connection,
            addresses=[f"{n}@shop.example" for n in range(100)],
            token_hashes=[f"{n:064}" for n in range(100)],
            message_ids=[f"<{n}@shop.example>" for n in range(100)],
            numbers=[f"KS2026-{n}" for n in range(100)],
        )
    assert len([text for text in asked if text.startswith("SELECT")]) == 5


def test_cases_come_with_the_letters_that_ask(db: Database) -> None:
    one, other = new_case(db), new_case(db)
    first = new_letter(db, one, asks="proposal", facts={"options": [{"letter": "A"}]})
    new_letter(db, one)  # asks nothing
    second = new_letter(db, one, asks="approval")
    new_letter(db, new_case(db), asks="approval")
    known = Known()
    with db.read() as connection:
        lookup.read_cases(connection, [one, other, new_id()], known)
    assert known.cases.keys() == {one, other}
    assert [letter.id for letter in known.letters[one]] == [first, second]
    assert known.letters[one][0].facts == {"options": [{"letter": "A"}]}
    assert known.letters[other] == []


def test_cases_read_again_are_as_they_are_now(db: Database) -> None:
    case_id, known = new_case(db), Known()
    letter_id = new_letter(db, case_id)
    for expected in ([], [letter_id]):
        with db.read() as connection:
            lookup.read_cases(connection, [case_id], known)
        assert [letter.id for letter in known.letters[case_id]] == expected
        with writing(db) as book:
            change = Update(tables.letters, letter_id, {"asks": "approval"})
            book.record(case_id, "asked", change, actor="system", cause="test")


def test_what_a_number_must_not_do(db: Database) -> None:
    """Clues are a stranger's words."""
    with db.write() as tx:
        tx.execute(insert(tables.customers).values(row(tables.customers)))
    for words in ("' OR 1=1 --", "%", "_", "KS2026-001'; DROP TABLE cases; --"):
        assert look(db, numbers=(words,), message_ids=(words,), addresses=(words,)) == Known()


def new_mail(db: Database, case_id: int | None, **values: Any) -> None:
    """Register a mail that somebody sent."""
    with writing(db) as book:
        raw = keep_raw(book)
        defaults = {"direction": "in", "case_id": case_id, "raw_sha256": raw}
        people: dict[str, list[list[str]]] = {"to": [], "cc": [], "reply_to": []}
        message = row(tables.messages, recipients=people, proven_sender=True) | defaults | values
        if case_id is None:
            book.aside(Insert(tables.messages, message))
        else:
            record(book, case_id, Insert(tables.messages, message))


def test_a_customers_own_numbers_lead_to_the_latest_case(db: Database) -> None:
    customer = row(tables.customers)
    add(db, Insert(tables.customers, customer))
    own = {"customer_id": customer["id"]}
    new_case(db, customer_reference="INC1", **own)
    latest = new_case(db, customer_reference="INC1", **own)
    other = new_case(db, customer_reference="INC2", **own)
    new_case(db, **own)
    new_case(db, customer_reference="INC1")  # of nobody
    known = Known()
    with db.read() as connection:
        lookup.read_references(connection, [customer["id"], new_id()], known)
    assert known.references == {customer["id"]: {"INC1": latest, "INC2": other}}


def test_ids_that_were_used_and_when(db: Database) -> None:
    case_id = new_case(db)
    new_mail(db, case_id, message_id="<a@x.example>", written_at=NOW)
    new_mail(db, None, message_id="<a@x.example>", written_at=None)
    new_mail(db, case_id, message_id="<ours@x.example>", direction="out")
    known = Known()
    with db.read() as connection:
        asked = ["<a@x.example>", "<ours@x.example>", "<none@x.example>"]
        lookup.read_used_ids(connection, asked, known)
    assert known.used_ids == {"<a@x.example>": {NOW, None}}


def test_people_of_a_case_are_those_whom_its_own_people_name(db: Database) -> None:
    case_id = new_case(db)
    named = {"to": [["", "us@x.example"]], "cc": [["Kai", "kai@x.example"]], "reply_to": []}
    new_mail(db, case_id, from_address="jana@x.example", recipients=named)
    strange = {"to": [], "cc": [["", "friend@evil.example"]], "reply_to": []}
    new_mail(db, case_id, from_address="eve@evil.example", recipients=strange, third_party=True)
    new_mail(db, case_id, from_address="ann@evil.example", recipients=strange, proven_sender=False)
    new_deliveries(db, case_id, 1, address="boss@x.example")
    known = Known()
    with db.read() as connection:
        lookup.read_people(connection, [case_id], known)
    assert known.people == {
        case_id: {"jana@x.example", "us@x.example", "kai@x.example", "boss@x.example"}
    }
