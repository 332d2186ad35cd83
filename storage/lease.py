"""Leases: who may work on what until when, by the database's own clock and nothing else.

Two nodes may disagree about the time; the database agrees with itself. A fence grows with every
grant, so that a holder whose lease ran out while it slept can be told apart (reliability.md 4.2).

A node can be stopped between its look at the lease and its commit. So it needs a lease that lasts
longer than the server lets a silent transaction live (`storage.database`): what it still commits,
it commits before the lease runs out.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SPARE_MS: Final = "spare_ms"
"""Execution option of an engine: how long a silent transaction of it lives, milliseconds."""


class database_clock(FunctionElement[int]):  # noqa: N801 - an SQL function
    """The database's clock in milliseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_clock, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(database_clock, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def outlasts(until: ColumnElement[int], tx: Connection) -> ColumnElement[bool]:
    """Whether a lease lasts until `tx` is over, whatever happens to this process meanwhile."""
    spare: int = tx.get_execution_options().get(SPARE_MS, 0)
    return until >= database_clock() + spare
