"""What the oracle is told is what is there: a real run, then the damage is done by hand."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from imapclient import IMAPClient

from demo.mail_server import EmbeddedMail
from demo.received import Received
from tests.fault.collect import Place, collect, is_quiet
from tests.fault.customers import Customers
from tests.fault.installation import Installation
from tests.fault.oracle import Appended, judge, repeats
from tests.servers.process import HOST
from tests.servers.smtp_sink import SmtpSink

MAILBOX = "complaints@acme.test"


@dataclass(frozen=True)
class Ended:
    """A run that came to rest, to be copied and damaged."""

    folder: Path
    appended: tuple[Appended, ...]
    received: tuple[Received, ...]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    folder = tmp_path_factory.mktemp("run")
    customers = Customers(MAILBOX, Random(3))
    with EmbeddedMail({MAILBOX: "secret"}) as server, SmtpSink() as sink:
        url = f"sqlite:///{folder / 'amends.sqlite'}"
        shop = Installation(folder, url, MAILBOX, server.imap_port, sink.port)
        for _ in range(2):
            with IMAPClient(HOST, server.imap_port, ssl=False, timeout=10) as client:
                client.login(MAILBOX, "secret")
                for mail in [*customers.write(sink.received), *customers.write(sink.received)]:
                    client.append("INBOX", mail.raw, mail.flags)
            shop.once()
        yield Ended(folder, tuple(customers.appended), sink.received)


@pytest.fixture
def place(ended: Ended, tmp_path: Path) -> Place:
    copy = shutil.copytree(ended.folder, tmp_path / "copy")
    return Place(f"sqlite:///{copy / 'amends.sqlite'}", copy / "evidence")


def damage(place: Place, script: str) -> None:
    with closing(sqlite3.connect(place.database_url.removeprefix("sqlite:///"))) as database:
        database.executescript(script)


def named(place: Place, ended: Ended) -> set[str]:
    return {one.name for one in judge(collect(place, ended.appended, ended.received))}


def test_an_undamaged_run_breaks_no_promise(place: Place, ended: Ended) -> None:
    facts = collect(place, ended.appended, ended.received)
    assert judge(facts) == ()
    assert repeats(facts) == 0
    assert is_quiet(place)
    # Otherwise the tests below would damage nothing.
    assert facts.objects
    assert any(mail.answers for mail in facts.appended)


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("DELETE FROM messages WHERE id = (SELECT min(id) FROM messages)", "mail lost"),
        ("UPDATE sightings SET state = 'fetched'", "mail still waiting"),
        ("UPDATE messages SET case_id = NULL WHERE kind = 'reply'", "mail set aside"),
        ("UPDATE history SET actor = 'system' WHERE seq = 1", "history broken"),
        ("UPDATE history_payloads SET payload = '[]' WHERE seq = 2", "history broken"),
        ("DELETE FROM history WHERE seq = 3", "history broken"),
        ("UPDATE cases SET subject = 'Nothing at all'", "history broken"),
        (
            "DELETE FROM letters WHERE id = (SELECT max(id) FROM letters)",
            "not exactly one acknowledgment",
        ),
        ("UPDATE letters SET message_id = message_id || 'x'", "acknowledgment never sent"),
        ("UPDATE deliveries SET state = 'sending'", "delivery without end"),
        ("UPDATE deliveries SET raw_sha256 = 'f'", "letter with other bytes"),
        ("UPDATE counters SET last = last + 1", "number missing"),
        ("UPDATE raws SET data = x'00' WHERE data IS NOT NULL", "evidence altered"),
        ("DELETE FROM raws WHERE data IS NULL", "evidence object without row"),
    ],
)
def test_damage_in_the_database_is_named(
    place: Place, ended: Ended, script: str, name: str
) -> None:
    damage(place, script)
    assert name in named(place, ended)


def test_a_doubled_case_is_named(place: Place, ended: Ended) -> None:
    damage(
        place,
        """
        CREATE TEMP TABLE one AS SELECT * FROM cases LIMIT 1;
        UPDATE one SET id = 1, number = 'KS2026-901', seq = 901;
        INSERT INTO cases SELECT * FROM one;
        """,
    )
    assert {
        "case not made by one complaint",
        "not exactly one acknowledgment",
        "number missing",
    } <= named(place, ended)


def test_a_lost_object_is_named(place: Place, ended: Ended) -> None:
    next(place.evidence.glob("*/*")).unlink()
    assert {"evidence row without object", "evidence altered"} <= named(place, ended)


@pytest.mark.parametrize(
    "script", ["UPDATE sightings SET state = 'fetched'", "UPDATE letters SET state = 'promised'"]
)
def test_work_that_is_left_is_not_quiet(place: Place, script: str) -> None:
    damage(place, script)
    assert not is_quiet(place)
