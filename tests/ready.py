"""Databases that have the schema already: `Database.upgrade` makes it once in a process.

A thousand tests want a shop. To make the schema for each of them takes longer than most of them
do (0.2 s of work on SQLite, 0.3 s on PostgreSQL); to copy or to empty one takes milliseconds.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from storage import tables
from storage.database import Database


def fill(url: str) -> None:
    """Give a SQLite file that is not there yet the schema; another database stays as it is."""
    parts = make_url(url)
    file = Path(parts.database or "")
    if parts.get_backend_name() == "sqlite" and not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(_upgraded())


def empty(database: Database) -> None:
    """Delete all rows, in one go."""
    every = reversed(tables.metadata.sorted_tables)
    with database.write() as tx:
        tx.exec_driver_sql(";".join(f"DELETE FROM {table.name}" for table in every))


@cache
def _upgraded() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "amends.sqlite"
        database = Database(f"sqlite:///{file}")
        database.upgrade()
        database.close()  # which ends its write-ahead log: all is in the one file
        return file.read_bytes()
