"""Mail that came in: what was seen where, the raw bytes, and what was read from them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from storage.tables.meta import NOT_RECORDED, key, link, metadata
from storage.types import Moment

# How far each watched folder was read. Speed only: exactness comes from `sightings` and `raws`.
mailboxes: Final = Table(
    "mailboxes",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("polled_at", Moment),
)

raws: Final = Table(
    "raws",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary),  # up to 64 KiB here; larger ones as an object named by sha256
    Column("stored_at", Moment, nullable=False),
)

# state: fetched (T1) -> registered | copy (T2). `reason` names the judge, for the mail journal.
sightings: Final = Table(
    "sightings",
    metadata,
    Column("mailbox", String(60), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("raw_sha256", String(64), ForeignKey("raws.sha256"), nullable=False, index=True),
    Column("internal_date", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(60)),
    Column("tries", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("registered_at", Moment),
    PrimaryKeyConstraint("mailbox", "uidvalidity", "uid"),
)
Index(
    "ix_sightings_waiting",
    sightings.c.seen_at,
    sqlite_where=sightings.c.state == "fetched",
    postgresql_where=sightings.c.state == "fetched",
)

messages: Final = Table(
    "messages",
    metadata,
    key(),
    link("case_id", "cases", nullable=True),  # none: set aside, with the reason
    link("letter_id", "letters", nullable=True),
    Column("direction", String(3), nullable=False),
    Column("mailbox", String(60), nullable=False),
    Column("raw_sha256", String(64), ForeignKey("raws.sha256"), unique=True),
    Column("kind", String(12), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("from_address", Text),
    Column("from_name", Text),
    Column("proven_sender", Boolean, nullable=False),
    Column("third_party", Boolean, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, index=True),
    Column("reference_ids", JSON, nullable=False),
    Column("written_at", Moment),
    Column("arrived_at", Moment, nullable=False),
    Column("language", String(10), nullable=False),
    Column("defects", JSON, nullable=False),
    # Read again from the raw mail when wanted, so not in the history.
    Column("text", Text, nullable=False, info=NOT_RECORDED),
    Column("new_text", Text, nullable=False, info=NOT_RECORDED),
)

attachments: Final = Table(
    "attachments",
    metadata,
    key(),
    link("message_id", "messages"),
    link("case_id", "cases", nullable=True),
    Column("part", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("inline", Boolean, nullable=False),
    Column("content_id", Text),
)

# Own and referenced Message-IDs, unique per customer: replies before originals and two routes meet.
thread_keys: Final = Table(
    "thread_keys",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customers.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    PrimaryKeyConstraint("customer_id", "key"),
    Index("ix_thread_keys_key", "key"),
)
