"""A database with the schema, once of each kind.

To make one takes half a second on PostgreSQL, so that all tests share one there and each finds it
empty. What changes the schema takes `database_url` instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import tables
from storage.database import Database
from tests.servers.postgres import PrivatePostgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database that was made by `Database.upgrade`."""
    if request.param == "sqlite":
        made: Path = request.getfixturevalue("upgraded_file")
        file = shutil.copy(made, tmp_path / "amends.sqlite")
        database = Database(f"sqlite:///{file}")
        yield database
        database.close()
        return
    shared: Database = request.getfixturevalue("upgraded_postgres")
    with shared.write() as tx:
        for table in reversed(tables.metadata.sorted_tables):
            tx.execute(table.delete())
    yield shared


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing else, to be copied."""
    file = tmp_path_factory.mktemp("upgraded") / "amends.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_server: PrivatePostgres) -> Iterator[Database]:
    """A PostgreSQL database with the schema."""
    with postgres_server.fresh_database() as url:
        database = Database(url)
        database.upgrade()
        yield database
        database.close()


@pytest.fixture
def postgres_db(upgraded_postgres: Database) -> Database:
    """For what only PostgreSQL does. Leave nothing in it."""
    return upgraded_postgres


@pytest.fixture
def sqlite_db(tmp_path: Path, upgraded_file: Path) -> Iterator[Database]:
    """For what only SQLite does."""
    database = Database(f"sqlite:///{shutil.copy(upgraded_file, tmp_path / 'amends.sqlite')}")
    yield database
    database.close()
