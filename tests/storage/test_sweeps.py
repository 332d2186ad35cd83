"""A sweep costs what is due, not what exists: each of its questions is answered by an index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, event, insert

from storage import (
    casefile,
    clocks,
    ledger,
    lookup,
    messages,
    outbox,
    sought,
    tables,
    traffic,
    worklist,
)
from storage.changes import Insert
from storage.database import Database
from storage.ledger import Sighting
from storage.lookup import Known
from storage.records import Clock
from tests.storage.rows import NOW, new_case, record, row, writing

_DAY = timedelta(days=1)


def clock(case_id: int, **values: Any) -> dict[str, Any]:
    return row(tables.clocks, case_id=case_id, state="started", due_at=NOW, **values)


def add(db: Database, case_id: int, *rows: dict[str, Any]) -> None:
    with writing(db) as book:
        record(book, case_id, *(Insert(tables.clocks, one) for one in rows))


def test_clocks_strike_when_their_moment_has_come(db: Database) -> None:
    case_id = new_case(db)
    now, late, early, never, later = (
        clock(case_id, strikes_at=moment)
        for moment in (NOW, NOW - _DAY, NOW - 2 * _DAY, None, NOW + timedelta(microseconds=1))
    )
    add(db, case_id, now, late, early, never, later)
    with db.read() as connection:
        struck = clocks.striking(connection, NOW, 10)
        assert [one.id for one in struck] == [early["id"], late["id"], now["id"]]
        assert [one.id for one in clocks.striking(connection, NOW, 1)] == [early["id"]]


@pytest.mark.parametrize(("strikes_at", "still"), [(NOW, True), (NOW + _DAY, False), (None, False)])
def test_a_clock_strikes_only_if_nobody_moved_it(
    db: Database, strikes_at: object, still: bool
) -> None:
    case_id = new_case(db)
    made = clock(case_id, strikes_at=NOW)
    add(db, case_id, made)
    with db.write() as tx:
        tx.execute(tables.clocks.update().values(strikes_at=strikes_at))
        assert clocks.strikes_still(tx, Clock.of_values(made)) is still


# --- by index

Ask = Callable[[Connection], object]

QUESTIONS: Final[dict[str, tuple[str, Ask]]] = {
    "clocks that strike": ("ix_clocks_strikes_at", lambda c: clocks.striking(c, NOW, 10)),
    "open clocks of all calendars": ("ix_clocks_open", lambda c: clocks.open_clocks(c, ("", 0), 9)),
    "open clocks of a calendar": (
        "ix_clocks_open",
        lambda c: clocks.open_clocks(c, ("", 0), 9, "default"),
    ),
    "deliveries that are due": (  # or by the few letters that are not done
        "ix_deliveries_due|ix_letters_state",
        lambda c: outbox.claim(c, "node", NOW, lease_seconds=300, limit=4),
    ),
    "deliveries adrift": ("ix_deliveries_due", lambda c: outbox.adrift(c, 10)),
    "leases to forget": ("ix_deliveries_due", outbox.forget_leases),
    "letters looked for": ("ix_deliveries_due", lambda c: sought.sought(c, 10)),
    "letters delayed": ("ix_deliveries_tell_delay_at", lambda c: outbox.delays(c, NOW, 10)),
    "letters to an address": (
        "ix_deliveries_braked_address",
        lambda c: traffic.automatic_letters(c, NOW - _DAY, 5, address="jana@ring.example"),
    ),
    "letters to a domain": (
        "ix_deliveries_braked_",
        lambda c: traffic.automatic_letters(c, NOW - _DAY, 5, domain="ring.example"),
    ),
    "letters in all": (
        "ix_deliveries_braked_",  # of few rows the planner takes any of the three
        lambda c: traffic.automatic_letters(c, NOW - _DAY, 5),
    ),
    "mails of a sender": (
        "ix_messages_sender",
        lambda c: traffic.mails_of(c, "eve@elsewhere.example", NOW - _DAY, NOW, 20),
    ),
    "mails of the senders of a batch": (
        "ix_messages_sender",
        lambda c: traffic.mails_of_senders(c, ["a@b.example"], NOW - _DAY, NOW),
    ),
    "the case of a burst": (
        "ix_cases_burst_of",
        lambda c: traffic.burst_of(c, "eve@elsewhere.example", NOW),
    ),
    "letters promised": ("ix_letters_state", lambda c: outbox.promised(c, 10)),
    "mails waiting": ("ix_sightings_waiting", lambda c: ledger.waiting(c, 25, most_tries=20)),
    "which mails of a batch still wait": (
        "ix_sightings_raw_waiting|ix_sightings_waiting",
        lambda c: ledger.held(c, [Sighting("box1", 7, 1, "a" * 64, NOW)]),
    ),
    "a customer's own numbers": (
        "ix_cases_reference",
        lambda c: lookup.read_references(c, [7], Known()),
    ),
    "known uids": ("pk_sightings", lambda c: ledger.known_uids(c, "complaints", 7)),
    "raw mails registered": (
        "uq_messages_raw_sha256",
        lambda c: ledger.registered_already(c, ["a" * 64, "b" * 64]),
    ),
    "running clocks": ("ix_clocks_case_id", lambda c: casefile.running_clocks(c, 7)),
    "letters that ask": ("ix_letters_case_id", lambda c: lookup.read_cases(c, [7, 8], Known())),
    "Message-IDs used before": (
        "ix_messages_message_id",
        lambda c: lookup.read_used_ids(c, ["<a@b.example>", "<c@d.example>"], Known()),
    ),
    "people of a case": ("ix_messages_case_id", lambda c: lookup.read_people(c, [7], Known())),
    "people of its letters": (
        "ix_deliveries_case_id",
        lambda c: lookup.read_people(c, [7], Known()),
    ),
    "the latest mail": ("ix_messages_case_id", lambda c: casefile.latest_mail(c, 7)),
}

# PostgreSQL knows how few rows these tables have here, and reads them whole.
OF_SQLITE: Final[dict[str, tuple[str, Ask]]] = {
    "automatic letters to the senders of a batch": (
        "ix_letters_case_id",  # and not from every letter that was ever done
        lambda c: messages.automatic_to_each(c, ["jana@ring.example"], NOW - _DAY),
    ),
    "tasks of the queue": ("ix_tasks_open", lambda c: worklist.open_tasks(c, 1)),
    "cases of the queue": ("ix_cases_state", lambda c: worklist.counts(c, NOW)),
    "clocks of the queue": ("ix_clocks_running", lambda c: worklist.counts(c, NOW)),
}


def test_an_index_answers_every_question(db: Database) -> None:
    crowd(db)
    slow = {}
    asked = QUESTIONS | OF_SQLITE if db.is_sqlite else QUESTIONS
    for question, (index, ask) in asked.items():
        with db.write() as tx:
            plans = explained(tx, ask)
            tx.rollback()
        if not any(uses(plan, index) for plan in plans):
            slow[question] = "\n".join(plans)
    assert slow == {}


def uses(plan: str, index: str) -> bool:
    """Whether a plan names the index; SQLite calls that of a key by a name of its own."""
    own = {
        "pk_sightings": "sqlite_autoindex_sightings_1",
        "uq_messages_raw_sha256": "sqlite_autoindex_messages_2",
    }
    return any(one in plan or own.get(one, one) in plan for one in index.split("|"))


def explained(tx: Connection, ask: Ask) -> list[str]:
    """The plan of every statement with which `ask` asks."""
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(tx, "before_cursor_execute", hear)
    ask(tx)
    event.remove(tx, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
    return [
        "\n".join(str(r[-1]) for r in tx.exec_driver_sql(f"{explain} {statement}", parameters))
        for statement, parameters in said
    ]


def crowd(db: Database, cases: int = 300, each: int = 5) -> None:
    """Years of work, of which little waits, so that a planner has a reason for an index."""
    every = [row(tables.cases, history_seq=0, history_hash="") for _ in range(cases)]
    places = [one["id"] for one in every] * each
    with db.write() as tx:
        raw = row(tables.raws, sha256="a" * 64)
        letters = [row(tables.letters, case_id=one, state="done") for one in places]
        letters[-1]["state"] = "promised"
        deliveries = [
            row(tables.deliveries, case_id=one, letter_id=letter["id"], raw_sha256=raw["sha256"])
            | {"state": "accepted", "next_attempt_at": None}
            for one, letter in zip(places, letters, strict=True)
        ]
        deliveries[-1] |= {"state": "queued", "next_attempt_at": NOW}
        running = [clock(one, strikes_at=None) for one in places]
        running[-1]["strikes_at"] = NOW
        seen = [
            row(tables.sightings, mailbox=f"box{n % 9}", uid=n, raw_sha256=raw["sha256"])
            for n in range(len(places))
        ]
        mails = [row(tables.messages, case_id=one) for one in places]
        for table, rows in (
            (tables.cases, every),
            (tables.raws, [raw]),
            (tables.letters, letters),
            (tables.deliveries, deliveries),
            (tables.clocks, running),
            (tables.sightings, seen),
            (tables.messages, mails),
        ):
            tx.execute(insert(table), rows)
    if not db.is_sqlite:  # where nobody ever does it, and the plans must be good without
        with db.write() as tx:
            tx.exec_driver_sql("ANALYZE")
