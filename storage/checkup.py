"""What a database is, asked without changing it: for `amends doctor`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, select

from storage.database import Database, DatabaseUnusable, head
from storage.lease import database_clock
from storage.signs import mark


class _TakeBack(Exception):
    """Ends a transaction that only tried."""


def missing_file(url: str) -> Path | None:
    """The SQLite file of this URL when it is not there yet; to open it would make it."""
    parts = make_url(url)
    path = Path(parts.database or "")
    return path if parts.get_backend_name() == "sqlite" and not path.exists() else None


def try_to_write(db: Database, at: datetime) -> str | None:
    """Write something and take it back; return the schema, None before the first start.

    TryLater, Unwritable, DatabaseUnusable."""
    schema = db.schema()
    if schema not in (None, head()):
        raise DatabaseUnusable(
            f"the database has schema {schema}, this version wants {head()}",
            mend="an older one is brought up at the next start: make a backup first; a newer one "
            "needs the newer version of amends",
        )
    with suppress(_TakeBack), db.write() as tx:
        if schema is not None:
            mark(tx, at)
        raise _TakeBack
    return schema


def clock(db: Database) -> datetime:
    """The database's own clock."""
    with db.read() as connection:
        milliseconds = connection.scalar(select(database_clock())) or 0
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
