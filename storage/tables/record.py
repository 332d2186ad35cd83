"""The record (R-46): history with erasable payloads, seals; and counters and leases."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from storage.tables.meta import metadata
from storage.types import Moment

history: Final = Table(
    "history",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
)

# Erasing a person deletes rows here; the chain in `history` stays whole.
history_payloads: Final = Table(
    "history_payloads",
    metadata,
    Column("case_id", BigInteger, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("salt", String(32), nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
    ForeignKeyConstraint(["case_id", "seq"], ["history.case_id", "history.seq"]),
)

seals: Final = Table(
    "seals",
    metadata,
    Column("day", Date, primary_key=True),
    Column("sealed_at", Moment, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

counters: Final = Table(
    "counters",
    metadata,
    Column("series", String(60), nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("series", "year"),
)

# One row: the random name of this installation, by which it knows its own letters again.
installation: Final = Table(
    "installation",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
)

# What clocks were reckoned with: the mark (a hash) of every calendar and of the company's terms,
# and what is still to be reckoned anew (no mark), until it is done.
reckoned: Final = Table(
    "reckoned",
    metadata,
    Column("name", String(80), primary_key=True),  # "calendar:NAME", "company", "customer:ID"
    Column("mark", String(64)),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("owner", String(60), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # database clock, milliseconds
)
