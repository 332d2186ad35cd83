"""The database: two engines, one for reading and one that may write."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from cases.errors import Stale, TryLater
from storage.engines import BUSY_SECONDS, postgresql, sqlite
from storage.errors import DatabaseUnusable, Unwritable
from storage.gate import Gate
from storage.lease import SPARE_MS
from storage.schema import bring_to_head, head, present, revisions

__all__ = ["Connection", "Database", "DatabaseUnusable", "Unwritable", "head"]

_MOST_IDLE_SECONDS: Final = 10.0
# Any number that no other program locks in our database; these are the letters of "amends".
_UPGRADE_LOCK: Final = int.from_bytes(b"amends")
# SQLSTATE classes of what passes by itself or by an operator: connection, log-in, rollback
# (deadlock), no room, not now, operator, system (PostgreSQL, appendix A).
_PASSING_CLASSES: Final = ("08", "28", "40", "53", "55", "57", "58")


class Database:
    """One SQLite file or one PostgreSQL database.

    Judged while open: `read()` gives a connection that cannot write, `write()` one transaction.
    PostgreSQL ends a writing transaction in which we say nothing for `idle_seconds`.
    """

    def __init__(
        self, url: str, password: str | None = None, *, idle_seconds: float = _MOST_IDLE_SECONDS
    ) -> None:
        self.url = make_url(url) if password is None else make_url(url).set(password=password)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.gate = Gate()
        self._writing = threading.Lock()
        if self.is_sqlite:
            self._writer = sqlite(self.url, writes=True)
            self._reader = sqlite(self.url, writes=False)
        else:
            idle_ms = int(min(idle_seconds, _MOST_IDLE_SECONDS) * 1000)
            # A node that was stopped, or cut off, must not keep its locks from the others.
            patience = f"-c idle_in_transaction_session_timeout={idle_ms}"
            self._writer = postgresql(self.url, patience, {SPARE_MS: idle_ms})
            self._reader = postgresql(self.url, "-c default_transaction_read_only=on", {})

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Keep it short (<= 250 ms)."""
        self.gate.wait()
        with self.told(), self._turn(), self._writer.begin() as tx:
            yield tx

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer; who waits for it in SQLite sleeps ever longer between two looks,
        and never gets it beside a thread that writes all the time."""
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise TryLater("the database is busy", mend="it is tried again")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for looking things up."""
        with self.told(), self._reader.connect() as connection:
            yield connection

    def listening(self, channel: str) -> Connection:
        """A connection that listens on a channel of PostgreSQL; the caller closes it."""
        connection = self._reader.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(f"LISTEN {channel}")
        return connection

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say in our words whether the same may succeed later; other faults are ours."""
        try:
            yield
        except IntegrityError as error:
            if not _is_taken(error):
                raise Unwritable(f"the database refuses this: {_first_line(error)}") from error
            raise Stale(f"somebody else wrote the same: {_first_line(error)}") from error
        except DBAPIError as error:
            if not _may_pass(error):
                raise Unwritable(f"the database refuses this: {_first_line(error)}") from error
            raise TryLater(
                f"the database {self.url.render_as_string()} does not answer: {_first_line(error)}",
                mend="it is tried again; see that it runs, has room and may be written",
            ) from error

    def upgrade(self) -> None:
        """Bring the schema to this version, or refuse one that is newer (reliability.md 4.6)."""
        try:
            found = self.schema()
            self._refuse_newer(found)
            if found == head():
                return
            with self.told(), self.altering() as tx:
                bring_to_head(tx)
        except (Unwritable, Stale) as error:
            raise DatabaseUnusable(
                f"the database {self.url.render_as_string()} cannot be brought to this version: "
                f"{error.what}",
                mend="see that it is a database of amends and that its owner may create tables",
            ) from error

    @contextmanager
    def altering(self) -> Iterator[Connection]:
        """One transaction that may make tables anew."""
        if not self.is_sqlite:
            with self._writer.begin() as tx:
                # Nodes that start together: one upgrades, the others find it done.
                tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                yield tx
            return
        # SQLite changes a table by making it anew, and the old one is not dropped while rows refer
        # to it. Outside of a transaction only; so all of it is checked before the commit.
        with self._writer.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
                    if broken := raw.execute("PRAGMA foreign_key_check").fetchone():
                        raise Unwritable(
                            f"after the upgrade {broken[0]} refers to what is not there"
                        )
            finally:
                raw.execute("PRAGMA foreign_keys=ON")

    def _refuse_newer(self, found: str | None) -> None:
        if found is not None and found not in revisions():
            raise DatabaseUnusable(
                f"the database {self.url.render_as_string()} has schema {found}, "
                "which this version does not know",
                mend="run the newer version of amends that made it",
            )

    def schema(self) -> str | None:
        """The schema's revision, or None when there is none yet."""
        with self.read() as connection:
            return present(connection)

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def only_daemon(self) -> Iterator[None]:
        """SQLite: one `serve` per file, held by a lock that ends with the process."""
        if not self.is_sqlite:
            yield
            return
        # Resolved: by whatever name it is called, one file has one lock.
        path = Path(f"{Path(self.url.database or '').resolve()}.lock")
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise DatabaseUnusable(
                f"the lock {path} cannot be made: {error.strerror}",
                mend="give write permission in the folder of the database",
            ) from error
        with open(descriptor, "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TryLater(
                    f"another amends serve works on {self.url.database}",
                    mend="stop it, or give this one its own database",
                ) from error
            yield


def _is_taken(error: IntegrityError) -> bool:
    """A unique key (PostgreSQL: SQLSTATE 23505), and not a value that may never be."""
    state = getattr(error.orig, "sqlstate", None)
    return state == "23505" if state else "UNIQUE constraint" in str(error.orig)


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same may succeed later. The drivers call more than that operational."""
    if error.connection_invalidated:  # the server ended it, also because we were stopped too long
        return True
    if not isinstance(error, OperationalError):
        return False
    fault = error.orig
    if isinstance(fault, sqlite3.Error):
        # SQLITE_ERROR is a fault of the statement; busy, full, read-only and the like have others.
        return getattr(fault, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    state: str | None = getattr(fault, "sqlstate", None)
    return state is None or state.startswith(_PASSING_CLASSES)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().split("\n", 1)[0]
