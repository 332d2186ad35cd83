"""One alarm and one all-clear for every incident, whatever happens in between (4.6)."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from cases.errors import TryLater
from config.secrets import Secret
from demo.mail_server import HOST
from demo.shop import MAILBOX
from service.alarms import Watchman, run_program, ways_of
from service.round_trips import send_due
from service.wiring import Wiring
from storage import tables
from tests.servers.smtp_sink import SmtpSink
from tests.shop import Shop
from tests.watched import NAME, Watched


def test_a_restart_does_not_alarm_twice_and_still_gives_the_all_clear(watched: Watched) -> None:
    watched.minutes(5)
    watched.minutes(10, polls=False)
    assert len(watched.operators.told) == 1
    watched.restart()
    watched.minutes(10, polls=False)
    assert len(watched.operators.told) == 1
    watched.minutes(3)
    assert [told.partition(":")[0] for told in watched.operators.told] == ["ALARM", "All clear"]
    (row,) = watched.shop.rows("incidents")
    assert row["alarmed_at"] < row["ended_at"] <= row["cleared_at"]


def test_after_a_pause_of_the_service_the_mailboxes_get_time_to_be_read(watched: Watched) -> None:
    watched.minutes(5)
    watched.shop.clock.forward(hours=5)
    watched.restart()
    watched.sweep(seconds=15)
    assert watched.not_ready() == [f"mailbox:{NAME}"]
    watched.minutes(10)
    assert watched.operators.told == []


def test_a_mailbox_that_was_never_read_alarms_in_the_end(watched: Watched) -> None:
    watched.minutes(5, polls=False)
    assert watched.operators.told == []
    watched.minutes(2, polls=False)
    assert watched.operators.told == [f"ALARM: mailbox {NAME} was never read"]


def test_a_second_incident_of_the_same_kind_is_told_again(watched: Watched) -> None:
    for _ in range(2):
        watched.minutes(5)
        watched.minutes(7, polls=False)
    watched.minutes(2)
    words = [told.partition(":")[0] for told in watched.operators.told]
    assert words == ["ALARM", "All clear"] * 2


def test_two_nodes_tell_it_once(watched: Watched) -> None:
    other = Watchman(watched.shop.w, (watched.operators,))
    for _ in range(40):
        watched.sweep(seconds=15)
        other.look()
        other.tell()
    assert len(watched.operators.told) == 1


def test_operators_out_of_reach_are_told_later_and_not_of_what_is_over(watched: Watched) -> None:
    watched.operators.away = True
    watched.minutes(5)
    watched.minutes(7, polls=False)
    assert watched.operators.told == []
    let_claims_run_out(watched.shop)
    watched.operators.away = False
    watched.minutes(1, polls=False)
    assert len(watched.operators.told) == 1
    watched.minutes(2)
    assert len(watched.operators.told) == 2
    watched.operators.away = True
    watched.minutes(7, polls=False)
    watched.minutes(2)  # over before anybody heard of it
    let_claims_run_out(watched.shop)
    watched.operators.away = False
    watched.minutes(5)
    assert len(watched.operators.told) == 2


def let_claims_run_out(shop: Shop) -> None:
    """What the database's clock would do by itself."""
    with shop.w.db.write() as tx:
        tx.execute(update(tables.incidents).values(told_until=0))


# --- without the database


def test_the_database_is_away_for_hours(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    with locked(watched.shop.w):
        for _ in range(8):
            watched.sweep(minutes=30)
        assert watched.not_ready() == ["database"]
        assert watched.operators.told == [
            "ALARM: the database cannot be written or does not answer"
        ]
    watched.sweep(seconds=15)
    # The mailbox could not be read either, and now gets its time.
    assert watched.not_ready() == [f"mailbox:{NAME}"]
    watched.minutes(30)
    assert watched.not_ready() == []
    assert watched.operators.told[1:] == ["All clear: database"]
    (row,) = watched.shop.rows("incidents")
    assert (row["kind"], row["ended_at"] is None) == ("database", False)


def test_what_ends_while_the_database_is_away_is_cleared_once(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    watched.set("health", free_mb=10**9)
    watched.watchman.w = watched.shop.w
    watched.sweep(seconds=15)
    with locked(watched.shop.w):
        watched.sweep(seconds=15)
        watched.set("health", free_mb=0)
        watched.watchman.w = watched.shop.w
        watched.sweep(seconds=15)
        watched.sweep(seconds=15)
        assert sorted(told.partition(":")[0] for told in watched.operators.told) == [
            "ALARM",
            "ALARM",
            "All clear",
        ]
    watched.minutes(5)
    assert len(watched.operators.told) == 4
    assert all(row["cleared_at"] for row in watched.shop.rows("incidents"))


@contextmanager
def locked(w: Wiring) -> Iterator[None]:
    """Somebody holds SQLite's only pen, and nobody waits for it for long."""
    with w.db.write() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout=20")
    other = sqlite3.connect(w.db.url.database or "", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def test_a_database_that_never_answers_is_told_by_the_other_sweep(sqlite_watched: Watched) -> None:
    watched = sqlite_watched
    watched.minutes(2)
    watched.shop.clock.forward(minutes=2)  # `look` hangs: only `tell` goes on
    for _ in range(3):
        watched.watchman.tell()
    assert watched.not_ready() == ["watch"]
    (told,) = watched.operators.told
    assert told.startswith("ALARM: nobody could look")
    watched.minutes(2)
    assert watched.operators.told[1:] == ["All clear: watch"]


# --- the ways


def test_a_program_gets_the_text_and_no_shell_reads_it(
    sqlite_watched: Watched, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    program = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"
    sqlite_watched.set("alarm", command=(sys.executable, "-c", program, f"{heard}"))
    w = sqlite_watched.shop.w
    (way,) = ways_of(w)
    way("ALARM: $(touch x)", "ALARM: $(touch x)\n")
    assert heard.read_text() == "ALARM: $(touch x)\n"
    for wrong in ((sys.executable, "-c", "raise SystemExit(3)"), (str(tmp_path / "nowhere"),)):
        sqlite_watched.set("alarm", command=wrong)
        with pytest.raises(TryLater):
            run_program(sqlite_watched.shop.w.settings.alarm, "text")


def test_a_second_smtp_account(sqlite_watched: Watched) -> None:
    with SmtpSink(passwords={"pager": "CANARY-alarm"}) as sink:
        sqlite_watched.set(
            "alarm",
            to=("a@ops.example", "b@ops.example"),
            sender="amends@ops.example",
            host=HOST,
            port=sink.port,
            security="plain",
            user="pager",
            timeout_seconds=5,
        )
        w = sqlite_watched.shop.w
        w = replace(w, secrets=replace(w.secrets, alarm=Secret("CANARY-alarm")))
        (way,) = ways_of(w)
        way("ALARM: mailbox x & y", "the text\n")
        assert [mail.recipients for mail in sink.received] == [
            ("a@ops.example",),
            ("b@ops.example",),
        ]
        raw = sink.received[0].raw
        assert b"Subject: [Amends] ALARM: mailbox x & y" in raw
        assert b"Auto-Submitted: auto-generated" in raw
        sink.answer("RCPT", "550 no", times=2)
        with pytest.raises(TryLater):
            way("ALARM: again", "the text\n")


# --- the round trip


def test_a_mail_to_ourselves_is_no_case_and_is_measured(watched: Watched) -> None:
    from service.way_out import carrier

    watched.set("health", synthetic_minutes=15, free_mb=0, free_percent=0)
    watched.restart()
    shop = watched.shop
    out = carrier(shop.w)
    assert send_due(shop.w, out) == 1
    assert send_due(shop.w, out) == 0  # once in its interval
    shop.clock.forward(seconds=7)
    assert shop.serve() == ()
    (trip,) = shop.rows("round_trips")
    assert (trip["back_at"] - trip["sent_at"]).total_seconds() == 7
    assert shop.numbers() == []
    assert shop.rows("messages") == []
    (sighting,) = shop.rows("sightings")
    assert (sighting["state"], sighting["reason"]) == ("registered", "synthetic")
    watched.sweep()
    assert shop.w.vital.report is not None
    assert shop.w.vital.report.facts["round_trip_seconds"] == {NAME: 7.0}


def test_a_mail_to_ourselves_that_stays_away(watched: Watched) -> None:
    from service.way_out import carrier

    watched.set("health", synthetic_minutes=15, free_mb=0, free_percent=0)
    watched.restart()
    shop = watched.shop
    watched.minutes(2)
    shop.server.smtp_hook = lambda command, mail: "550 no" if command == "RCPT" else None
    assert send_due(shop.w, carrier(shop.w)) == 0
    watched.minutes(4)
    assert watched.operators.told == []
    watched.minutes(2)
    assert watched.not_ready() == [f"round_trip:{NAME}"]
    assert len(watched.operators.told) == 1
    shop.server.smtp_hook = None
    watched.minutes(10)
    assert send_due(shop.w, carrier(shop.w)) == 1
    shop.serve()
    watched.sweep()
    assert watched.operators.told[1:] == [f"All clear: round_trip:{NAME}"]


def test_a_guess_at_our_message_id_is_an_own_mail_like_any_other(sqlite_shop: Shop) -> None:
    head = f"From: {MAILBOX}\r\nTo: {MAILBOX}\r\nMessage-ID: <{'a' * 26}.round-trip@parts.example>"
    sqlite_shop.server.deliver(MAILBOX, f"{head}\r\n\r\nHello\r\n".encode())
    sqlite_shop.serve()
    (message,) = sqlite_shop.rows("messages")
    assert message["kind"] == "own"
