"""A database with years of work in it: a played load, copied by SQL as often as is wanted.

Each copy is older by an hour than the one before; one in twenty stays open, the others are done.
What must be unique is made so: hashes, Message-IDs and addresses by a hash, so that new ones come
between all the old ones, as they do in life. Evidence is kept by name only, as that of old mails in
a folder is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    func,
    select,
    text,
)

from storage import tables
from storage.database import Connection, Database
from storage.types import Moment

_STAY: Final = frozenset(
    {"counters", "installation", "leases", "mailboxes", "marks", "users", "terms", "seals"}
)
_NAMES: Final = frozenset({"promise_key", "number", "code"})
_SPREAD: Final = frozenset({"message_id", "key", "address", "from_address"})
_HASHES: Final = frozenset({"sha256", "raw_sha256", "fingerprint"})
_DONE: Final[dict[tuple[str, str], str]] = {
    ("cases", "state"): "'closed'",
    ("cases", "closed_at"): "arrived_at",
    ("clocks", "state"): "'stopped'",
    ("clocks", "strikes_at"): "NULL",
    ("tasks", "resolved_at"): "created_at",
    ("letters", "state"): "'done'",
    ("deliveries", "state"): "'accepted'",
    ("deliveries", "next_attempt_at"): "NULL",
    ("deliveries", "accepted_at"): "next_attempt_at",
    ("sightings", "decorated"): "NULL",
}
_COPIES_AT_ONCE: Final = 25
_MOST_COPIES: Final = 1_000_000  # a server's epochs are seconds since 1970
_FILLING_KIB: Final = 2 * 1024 * 1024


def messages(connection: Connection) -> int:
    """How many messages there are."""
    return connection.scalar(select(func.count()).select_from(tables.messages)) or 0


def crowd(db: Database, wanted: int) -> int:
    """Copy what is there until there are so many messages; return how many there are."""
    with db.read() as connection:
        there = messages(connection)
        full = _filled(connection)
        spans = [connection.execute(_span(table)).one() for table in full if "id" in table.c]
    # Backwards: what is registered from now on comes behind all of it, as it does in life.
    step = max(high for _, high in spans) - min(low for low, _ in spans) + 1
    copies = max(0, -(-(wanted - there) // there))
    for first in range(1, copies + 1, _COPIES_AT_ONCE):
        last = min(copies, first + _COPIES_AT_ONCE - 1)
        with db.write() as tx:
            _can_hash(db, tx)
            for table in full:
                tx.execute(text(_copied(db, table, step, first, last)))
    if not db.is_sqlite:  # as autovacuum would have done by then; of SQLite nobody does it
        engine = create_engine(db.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()
    with db.read() as connection:
        return messages(connection)


def _can_hash(db: Database, tx: Connection) -> None:
    """SQLite learns what PostgreSQL can, and gets room for keys from all over the file."""
    if db.is_sqlite:
        raw: Any = tx.connection.driver_connection
        raw.create_function("md5", 1, _md5, deterministic=True)
        tx.exec_driver_sql(f"PRAGMA cache_size=-{_FILLING_KIB}")


def _md5(value: str | None) -> str | None:
    if value is None:
        return None
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def _filled(connection: Connection) -> Sequence[Table]:
    ordered = [one for one in tables.metadata.sorted_tables if one.name not in _STAY]
    return [one for one in ordered if connection.execute(select(one).limit(1)).first()]


def _span(table: Table) -> Any:
    return select(func.min(table.c.id), func.max(table.c.id))


def _copied(db: Database, table: Table, step: int, first: int, last: int) -> str:
    """INSERT ... SELECT: the rows of the played load once for each number from first to last."""
    names = ", ".join(f'"{column.name}"' for column in table.c)
    values = ", ".join(_value(db, table, column, step) for column in table.c)
    return (
        f"INSERT INTO {table.name} ({names}) "
        f"WITH RECURSIVE n(k) AS (SELECT {first} UNION ALL SELECT k + 1 FROM n WHERE k < {last}) "
        f"SELECT {values} FROM {table.name}, n WHERE {_is_played(table, step)}"
    )


def _is_played(table: Table, step: int) -> str:
    """Not a copy of a copy."""
    if "id" in table.c:
        return f"{table.name}.id > (SELECT max(id) - {step} FROM {table.name})"
    if table.name == "sightings":
        return f"uidvalidity > {_MOST_COPIES}"
    if table.name == "raws":  # those of copies have no data, and large ones are not in this load
        return "data IS NOT NULL"
    owner = "case_id" if "case_id" in table.c else "customer_id"
    if owner not in table.c:
        owner = "delivery_id"
    return f"{table.name}.{owner} > (SELECT max({owner}) - {step} FROM {table.name})"


def _value(db: Database, table: Table, column: Column[Any], step: int) -> str:
    name = f'{table.name}."{column.name}"'
    done = _DONE.get((table.name, column.name))
    if done is not None and done != "NULL" and not done.startswith("'"):
        done = _moment(db, f"{table.name}.{done}")
    moved = _moved(db, table, column, name, step)
    return f"CASE WHEN k % 20 = 0 THEN {moved} ELSE {done} END" if done else moved


def _moved(db: Database, table: Table, column: Column[Any], name: str, step: int) -> str:
    if isinstance(column.type, LargeBinary):
        return "NULL"
    if isinstance(column.type, Moment):
        return _moment(db, name)
    if column.name == "uidvalidity":
        return "k"
    if table.name == "cases" and column.name == "seq":
        return f"{name} - k * 100000"
    if isinstance(column.type, Boolean) or column.name == "uid":
        return name
    is_id = column.name == "id" or column.name.endswith("_id")
    if is_id and isinstance(column.type, BigInteger | Integer):
        return f"{name} - k * {step}"
    if column.name in _HASHES:
        return f"md5({name} || k) || md5(k || {name})"
    if column.name in _SPREAD:
        return f"substr(md5({name} || k), 1, 12) || {name}"
    return f"{name} || '~' || k" if column.name in _NAMES else name


def _moment(db: Database, name: str) -> str:
    if db.is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '-' || k || ' hours')"
    return f"{name} - k * interval '1 hour'"
