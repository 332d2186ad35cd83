"""The schema comes by migrations alone, and a database that cannot be used says why."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text

from cases.errors import Stale, TryLater
from storage import tables
from storage.database import Database, DatabaseUnusable, Unwritable, head
from tests.storage.rows import keep_raw, new_id, row, writing

# --- migrations


def test_an_upgrade_from_nothing_makes_what_the_tables_say(database_url: str) -> None:
    db = Database(database_url)
    assert db.schema() is None
    db.upgrade()
    with db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    assert db.schema() == head()
    db.close()


def test_a_second_upgrade_changes_nothing(db: Database) -> None:
    with writing(db) as book:
        sha256 = keep_raw(book)
    db.upgrade()
    with db.read() as connection:
        assert connection.scalar(select(tables.raws.c.sha256)) == sha256
    assert db.schema() == head()


def test_an_upgrade_that_is_done_waits_for_no_writer(db: Database) -> None:
    """Every command upgrades first; it must not stand behind a daemon that is writing."""
    with db.write(), ThreadPoolExecutor(1) as thread:
        thread.submit(db.upgrade).result(timeout=5)


def test_nodes_that_start_together_upgrade_once(database_url: str) -> None:
    nodes = [Database(database_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(Database.upgrade, nodes))
    assert {node.schema() for node in nodes} == {head()}
    for node in nodes:
        node.close()


def test_a_newer_schema_is_refused(database_url: str) -> None:
    db = Database(database_url)
    db.upgrade()
    with db.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnusable, match="has schema 9999, which this version") as refused:
        db.upgrade()
    assert "newer version" in refused.value.mend
    assert refused.value.exit_code == 78
    assert db.schema() == "9999"
    db.close()


def test_somebody_elses_database_is_refused(database_url: str) -> None:
    db = Database(database_url)
    with db.write() as tx:
        tx.execute(text("CREATE TABLE cases (theirs INTEGER)"))
    with pytest.raises(DatabaseUnusable, match="cannot be brought to this version"):
        db.upgrade()
    with db.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cases")) == 0
        assert db.schema() is None
    db.close()


# --- what a fault means


def test_what_the_database_will_never_take_is_not_tried_again(db: Database) -> None:
    with pytest.raises(Unwritable), db.write() as tx:
        tx.execute(text("SELECT * FROM nowhere"))


def test_a_key_too_long_for_the_index_is_not_tried_again(postgres_db: Database) -> None:
    """PostgreSQL calls it operational; a mail with such a Message-ID would be tried for ever."""
    noise = os.urandom(20_000).hex()
    with pytest.raises(Unwritable, match="index row"), postgres_db.write() as tx:
        tx.execute(
            insert(tables.messages).values(row(tables.messages, id=new_id(), message_id=noise))
        )


def test_the_same_key_twice_is_stale(db: Database) -> None:
    raw = row(tables.raws, sha256="a" * 64)
    with pytest.raises(Stale), db.write() as tx:
        tx.execute(insert(tables.raws), [raw, raw])
    with db.read() as connection:
        assert connection.scalar(select(tables.raws.c.sha256)) is None


def test_a_database_that_is_away_is_tried_again() -> None:
    with pytest.raises(TryLater, match="does not answer") as told:
        Database("postgresql+psycopg://amends:open-sesame@127.0.0.1:1/none").schema()
    assert "open-sesame" not in str(told.value)
    assert not isinstance(told.value, Stale)


def test_a_reader_cannot_write(sqlite_db: Database) -> None:
    with pytest.raises(TryLater, match="readonly"), sqlite_db.read() as connection:
        connection.execute(insert(tables.raws).values(row(tables.raws, sha256="a" * 64)))


def test_a_transaction_is_all_or_nothing(db: Database) -> None:
    def stopped() -> None:
        with writing(db) as book:
            keep_raw(book)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    with db.read() as connection:
        assert connection.scalar(select(tables.raws.c.sha256)) is None


def test_references_are_kept(db: Database) -> None:
    orphan = row(tables.lines, case_id=new_id(), position=1)
    with pytest.raises(Unwritable), db.write() as tx:
        tx.execute(insert(tables.lines).values(orphan))


# --- the SQLite file


def test_the_file_is_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "amends.sqlite"
    before = os.umask(0)
    try:
        db = Database(f"sqlite:///{file}")
        db.upgrade()
        with writing(db) as book:
            keep_raw(book)
            modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(modes, 0o600)
    assert {"amends.sqlite", "amends.sqlite-wal"} <= modes.keys()
    db.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "amends.sqlite"
    file.write_bytes(b"this is no database, it is a letter to my aunt\n" * 100)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        Database(f"sqlite:///{file}").upgrade()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match="cannot be made") as refused:
        Database(f"sqlite:///{tmp_path / 'file' / 'amends.sqlite'}")
    assert "database.url" in refused.value.mend


def test_one_daemon_a_file_by_whatever_name(tmp_path: Path) -> None:
    file, other_name = tmp_path / "amends.sqlite", tmp_path / "other.sqlite"
    one = Database(f"sqlite:///{file}")
    other_name.symlink_to(file)
    with one.only_daemon():
        for name in (file, other_name):
            again = Database(f"sqlite:///{name}")
            with pytest.raises(TryLater, match="another amends serve"), again.only_daemon():
                pass
    with one.only_daemon():
        pass  # it was given back


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    program = (
        "import os, sys\nfrom storage.database import Database\n"
        "with Database(sys.argv[1]).only_daemon():\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        (sys.executable, "-c", program, url), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(TryLater), Database(url).only_daemon():
            pass
        process.kill()
        process.wait()
        with Database(url).only_daemon():
            pass


def test_postgresql_has_many_daemons(postgres_db: Database) -> None:
    with postgres_db.only_daemon(), postgres_db.only_daemon():
        pass


# --- connections


def test_reads_after_a_lock_see_what_it_waited_for(db: Database) -> None:
    """READ COMMITTED: else a decision would rest on what was true before the lock."""
    with db.read() as connection:
        level = connection.get_isolation_level()
    assert level == ("SERIALIZABLE" if db.is_sqlite else "READ COMMITTED")


def test_sqlite_survives_a_power_cut(sqlite_db: Database) -> None:
    with sqlite_db.write() as tx:
        assert tx.scalar(text("PRAGMA journal_mode")) == "wal"
        assert tx.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert tx.scalar(text("PRAGMA foreign_keys")) == 1
        assert tx.scalar(text("PRAGMA busy_timeout")) == 30_000
