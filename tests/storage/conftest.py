"""A database with the schema, once of each kind; what changes the schema takes `database_url`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.ready import empty, fill


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """With the schema that `Database.upgrade` made, and nothing in it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_db")
        return
    shared: Database = request.getfixturevalue("upgraded_postgres")
    empty(shared)
    yield shared


@pytest.fixture
def postgres_db(upgraded_postgres: Database) -> Database:
    """For what only PostgreSQL does. Leave nothing in it."""
    return upgraded_postgres


@pytest.fixture
def sqlite_db(tmp_path: Path) -> Iterator[Database]:
    """For what only SQLite does."""
    url = f"sqlite:///{tmp_path / 'amends.sqlite'}"
    fill(url)
    database = Database(url)
    yield database
    database.close()
