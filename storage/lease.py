"""Leases: who may work on what until when, by the database's own clock and nothing else.

Two nodes may disagree about the time; the database agrees with itself. A fence grows with every
grant, so that a holder whose lease ran out while it slept can be told apart (reliability.md 4.2).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
