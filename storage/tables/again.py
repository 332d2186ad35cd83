"""Cases that may be one problem (R-30): by what they are found, and what was made of it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.meta import key, link, metadata
from storage.types import Moment

# An index of our own over what cases say; made anew from them, so no part of the history.
case_marks: Final = Table(
    "case_marks",
    metadata,
    Column("kind", String(10), nullable=False),
    Column("mark", String(120), nullable=False),
    Column("arrived_at", Moment, nullable=False),  # of the case: the nearest are looked at
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    PrimaryKeyConstraint("kind", "mark", "arrived_at", "case_id"),
)

# How a picture looks (`cases/sights.py`): "" says nothing; a bomb is not opened twice.
picture_sights: Final = Table(
    "picture_sights",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("sights", String(120), nullable=False),
    Column("why", Text),  # it says nothing
)

# Cases that must be looked at: new ones, and those whose facts changed.
to_compare: Final = Table(
    "to_compare",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
)

# state: open -> linked | dismissed by a person; gone: the facts were changed and it holds no more;
# apart: one was split from the other. Belongs to the later case.
recurrences: Final = Table(
    "recurrences",
    metadata,
    key(),
    link("case_id", "cases", index=False),
    link("earlier_id", "cases"),
    Column("score", Integer, nullable=False),  # 0 to 100
    Column("reason", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Text),
    Column("why", Text),
    UniqueConstraint("case_id", "earlier_id"),
    Index("ix_recurrences_state", "state", "decided_at"),
)
