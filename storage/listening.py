"""PostgreSQL tells the other nodes at once what one of them committed (LISTEN/NOTIFY).

What is told is only that there is something to do; what, stands in the tables. Whoever hears
nothing finds it by the next sweep.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, select

from cases.errors import TryLater
from storage.database import Database

# A letter was promised, queued or released, or a delivery is due anew.
LETTERS: Final = "amends_letters"


def tell(tx: Connection) -> None:
    """When `tx` commits, those who listen hear of it. Several times in one are told once."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_notify(LETTERS, "")))


class Listener:
    """One connection that hears what is told. TryLater when it is lost."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._connection: Any = None

    def heard(self, seconds: float) -> bool:
        """Wait so long at most; whether something was told. The first call begins to listen, and
        says yes: what was told before is not told again."""
        import psycopg  # 8 MiB that nobody needs who keeps all in SQLite

        with self._db.told():
            try:
                if self._connection is None:
                    self._connection = self._db.listening(LETTERS)
                    return True
                driver = self._connection.connection.driver_connection
                return any(driver.notifies(timeout=seconds, stop_after=1))
            except psycopg.Error as error:
                self.close()
                raise TryLater(
                    "the database tells nothing any more: the connection ended"
                ) from error
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Listen no more; the connection is not given to anybody else."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
