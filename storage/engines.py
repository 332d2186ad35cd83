"""Connections to a database, each prepared as we need it."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import DatabaseUnusable

BUSY_SECONDS: Final = 30
_WRITER_KIB: Final = 64 * 1024
_READER_KIB: Final = 16 * 1024
# 16 MB: pages that are written again and again are copied to the file, and synced, less often.
_CHECKPOINT_PAGES: Final = 4000


def postgresql(url: Any, more: str, options: dict[str, int]) -> Engine:
    """An engine whose connections begin with `more` settings and have these execution options."""
    return create_engine(
        url,
        execution_options=options,
        pool_pre_ping=True,
        # What `Book.lock` waited for must be seen by the reads behind it.
        isolation_level="READ COMMITTED",
        # In another zone the driver cannot hand back the year 9999, and mails claim it.
        # Compiling the plan of the queue takes longer than answering it.
        connect_args={"connect_timeout": 10, "options": f"-c timezone=UTC -c jit=off {more}"},
    )


def _write_ahead(connection: Any) -> None:
    """Two that open a new file together both change its journal; SQLite does not wait for that."""
    for last in (*[False] * 100, True):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if last:
                raise
            time.sleep(0.05)
        else:
            return


def sqlite(url: Any, *, writes: bool) -> Engine:
    """An engine that may write, or cannot; DatabaseUnusable where there can be no file."""
    folder = Path(url.database or ".").resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"the folder {folder} of the database cannot be made: {error.strerror}",
            mend="name another file in database.url, or make the folder",
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        _write_ahead(connection)
        # perf.md section 3 d: from batches of 10 on, FULL costs nothing over NORMAL.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # KiB: keys of a large database come from all over it, and 2 MB, the default, hold few.
        connection.execute(f"PRAGMA cache_size=-{_WRITER_KIB if writes else _READER_KIB}")
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        if not writes:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    if writes and url.database and not os.path.exists(url.database):
        # 0600 from the first byte: the file holds customers' mail.
        try:
            os.close(os.open(url.database, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise DatabaseUnusable(
                f"the database {url.database} cannot be made: {error.strerror}",
                mend="name another file in database.url, or give write permission",
            ) from error
    return engine
