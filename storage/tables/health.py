"""What the service knows of its own health: incidents, round trips, and the mark it writes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Table, Text

from storage.tables.meta import index_where, key, metadata
from storage.types import Moment

# One alarm and one all-clear each; never more than one open incident of a kind.
incidents: Final = Table(
    "incidents",
    metadata,
    key(),
    Column("kind", String(80), nullable=False),  # "mailbox:complaints", "letters", "evidence", ..
    Column("what", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("alarmed_at", Moment),
    Column("ended_at", Moment),
    Column("cleared_at", Moment),
    Column("told_until", BigInteger),  # somebody is telling it; database clock, milliseconds
)
index_where(
    "uq_incidents_open",
    incidents.c.kind,
    unique=True,
    where=incidents.c.ended_at.is_(None),
)
index_where(
    "ix_incidents_untold",
    incidents.c.begun_at,
    where=incidents.c.cleared_at.is_(None),
)

# Mails of ours to ourselves: what comes back with this Message-ID is no complaint.
round_trips: Final = Table(
    "round_trips",
    metadata,
    Column("mailbox", String(60), nullable=False),
    Column("slot", BigInteger, nullable=False),  # begin of its interval, seconds since 1970
    Column("message_id", Text, nullable=False, unique=True),
    Column("sent_at", Moment, nullable=False),
    Column("back_at", Moment),
    PrimaryKeyConstraint("mailbox", "slot"),
)

# Written at every look, to know that the database still takes what is written.
marks: Final = Table(
    "marks",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("at", Moment, nullable=False),
)
