"""Every earlier schema, with what a desk had in it, comes to this version; and the desk goes on.

`tests/storage/old` holds databases as earlier versions left them (`tests.storage.old_database`).
Schemas between them were never left by a version: they are stops on the way of an older one.
"""

from __future__ import annotations

import gzip
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, func, inspect, select

from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX, PLATE, RING
from service.wiring import Chance
from storage import tables
from storage.database import Database, head
from storage.schema import alembic_config, revisions
from tests.shop import BOB, EVE, PASSWORD, Clock, Shop, _wired, write_config
from tests.storage.old_database import OLD

REVISIONS = sorted(
    one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()
)
DUMPS = sorted(file.name.removesuffix(".sql.gz") for file in OLD.glob("*.sql.gz"))


def dump_for(revision: str) -> str:
    """The newest database that is not newer than this schema."""
    return max(one for one in DUMPS if one <= revision)


@dataclass
class Old:
    """A database at an earlier schema, and what was in it."""

    url: str
    counts: dict[str, int]


def _old(url: str, revision: str, folder: Path) -> Old:
    file = folder / "amends.sqlite" if url.startswith("sqlite") else folder / "old.sqlite"
    with sqlite3.connect(file) as old:
        dump = OLD / f"{dump_for(revision)}.sql.gz"
        old.executescript(gzip.decompress(dump.read_bytes()).decode())
    old.close()
    source = create_engine(f"sqlite:///{file}")
    with source.connect() as connection:
        names = [t for t in inspect(connection).get_table_names() if t in tables.metadata.tables]
        counts = {name: _count(connection, name) for name in names}
        if not url.startswith("sqlite"):
            _to(url, dump_for(revision), connection, names)
    source.dispose()
    _upgrade(url, revision)
    return Old(url, counts)


def _count(connection: Connection, name: str) -> int:
    table = tables.metadata.tables[name]
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _upgrade(url: str, revision: str) -> None:
    db = Database(url)
    with db.altering() as tx:
        config = alembic_config()
        config.attributes["connection"] = tx
        command.upgrade(config, revision)
    assert db.schema() == revision
    db.close()


def _to(url: str, revision: str, source: Connection, names: list[str]) -> None:
    """The same rows in PostgreSQL, at their schema; values go through the types of the tables."""
    _upgrade(url, revision)
    engine = create_engine(url)
    with engine.begin() as target:
        target.exec_driver_sql("SET session_replication_role = replica")  # cases name each other
        for name in names:
            table = tables.metadata.tables[name]
            there = {column["name"] for column in inspect(source).get_columns(name)}
            columns = [column for column in table.columns if column.name in there]
            rows = [dict(row) for row in source.execute(select(*columns)).mappings()]
            if rows:
                target.execute(table.delete())
                target.execute(table.insert().inline(), _named(rows, columns))
    engine.dispose()


def _named(rows: list[dict[str, Any]], columns: list[Any]) -> list[dict[str, Any]]:
    """By the keys of the columns: what the old schema has not is left to the database."""
    return [{column.key: row[column.name] for column in columns} for row in rows]


@contextmanager
def desk_on(url: str, folder: Path) -> Iterator[Shop]:
    """The service of this version on that database; its mailbox was moved meanwhile."""
    clock = Clock()
    clock.forward(days=1)
    here = (MAILBOX, RING.address, PLATE.address, EVE.address, BOB.address)
    with EmbeddedMail(dict.fromkeys(here, PASSWORD), clock=clock) as mail:
        ports = {"imap_port": mail.imap_port, "smtp_port": mail.smtp_port}
        config = write_config(folder, url, **ports)  # type: ignore[arg-type]  # ports by name
        w = replace(_wired(config, clock), chance=Chance())  # old tokens are of the same dice
        try:
            yield Shop(w, mail, clock, config)
        finally:
            w.db.close()


@pytest.mark.parametrize(
    ("database_url", "revision"),
    [
        *(("sqlite", revision) for revision in REVISIONS),
        *(pytest.param("postgres", one, marks=pytest.mark.postgres) for one in DUMPS),
    ],
    indirect=["database_url"],
)
def test_the_desk_goes_on_after_an_upgrade(
    database_url: str, revision: str, tmp_path: Path
) -> None:
    old = _old(database_url, revision, tmp_path)
    assert old.counts["cases"] == 3
    assert old.counts["history"] > 20
    with desk_on(old.url, tmp_path) as shop:
        assert shop.w.db.schema() == head()
        with shop.w.db.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.metadata) == []
            assert {name: _count(connection, name) for name in old.counts} == old.counts
        assert shop.faults() == {}
        assert shop.case("KS2026-001")["state"] == "closed"

        shop.customer(RING).write(MAILBOX, "Another one", "The bore is too small.")
        shop.customer(PLATE).write(MAILBOX, "Re: KS2026-002", "One more thing: both are black.")
        assert shop.serve() == ()
        assert shop.numbers() == [f"KS2026-00{n}" for n in (1, 2, 3, 4)]
        assert any("KS2026-004" in one for one in shop.customer(RING).subjects())
        messages = shop.case("KS2026-002")["messages"]
        assert any("One more thing" in str(one) for one in messages)
        assert shop.faults() == {}


def _in_any_order(statement: str) -> list[str]:
    """Where a table is made anew, its keys may stand in another order."""
    return sorted(line.strip().rstrip(",") for line in statement.splitlines())


def test_step_by_step_comes_to_the_same_as_at_once(tmp_path: Path) -> None:
    found = []
    for name, stops in (("steps", REVISIONS), ("once", REVISIONS[-1:])):
        folder = tmp_path / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'amends.sqlite'}"
        _old(url, DUMPS[0], folder)
        for revision in stops[1:] if len(stops) > 1 else stops:
            _upgrade(url, revision)
        with sqlite3.connect(folder / "amends.sqlite") as database:
            found.append(sorted(map(_in_any_order, database.iterdump())))
        database.close()
    assert found[0] == found[1]


def test_the_first_schema_is_kept() -> None:
    assert DUMPS[0] == REVISIONS[0]


def test_the_names_of_the_files_are_the_revisions() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert revisions() == tuple(REVISIONS)
    assert head() == scripts.get_current_head()


def test_a_service_loads_neither_alembic_nor_a_driver_that_it_does_not_need(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'amends.db'}"
    db = Database(url)
    db.upgrade()
    db.close()
    asked = "print({'alembic', 'psycopg'} & sys.modules.keys())"
    program = f"import sys, desk.cli, storage.database as s; s.Database({url!r}).upgrade(); {asked}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"set()\n"
