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
    text,
)

from storage.tables.meta import NOT_RECORDED, index_where, key, link, metadata
from storage.types import Moment

# How far each watched folder was read. Speed only: exactness comes from `sightings` and `raws`.
mailboxes: Final = Table(
    "mailboxes",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("polled_at", Moment),
    # The very first start: what was chosen (all | now | since:DATE), when, and what was there.
    Column("first_start", String(20)),
    Column("started_at", Moment),
    Column("start_epoch", BigInteger),
    Column("start_uid", BigInteger),
    Column("acknowledge_old", Boolean),
    # False: a look that began one of the two below has not come to its end.
    Column("look_ended", Boolean),
    # While set: the whole folder is compared anew, and its automatic letters wait.
    Column("comparing_since", Moment),
    # While set: letters for old mail are held until it is known how much of it is new.
    Column("holding_since", Moment),
)

raws: Final = Table(
    "raws",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary),  # up to 64 KiB here; larger ones as an object named by sha256
    Column("stored_at", Moment, nullable=False),
)

# state: fetched (T1) -> registered | copy (T2), or "before start": seen and not taken.
# `reason` names the judge, for the mail journal. `caution`: what its letters wait for.
sightings: Final = Table(
    "sightings",
    metadata,
    Column("mailbox", String(60), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("raw_sha256", String(64), ForeignKey("raws.sha256")),
    Column("internal_date", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("caution", String(8)),  # withhold | hold
    Column("decorated", Boolean),  # false: keyword or move is still to come; none: not wanted
    Column("reason", String(60)),
    Column("mark", String(64)),  # of what was left at the first start, to know it again
    Column("tries", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("registered_at", Moment),
    PrimaryKeyConstraint("mailbox", "uidvalidity", "uid"),
)
index_where(
    "ix_sightings_waiting",
    sightings.c.seen_at,
    where=sightings.c.state == "fetched",
)
# Hashes come from all over: in a large index each new one is a page of its own to read and write.
index_where(
    "ix_sightings_raw_waiting",
    sightings.c.raw_sha256,
    where=sightings.c.state == "fetched",
)
index_where("ix_sightings_mark", sightings.c.mark, where=sightings.c.mark.is_not(None))
Index(
    "ix_sightings_undecorated",
    sightings.c.mailbox,
    sqlite_where=sightings.c.decorated.is_(False),
    # As text: the migration would spell it as SQLite does.
    postgresql_where=text("decorated IS false"),
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
    Column("authentication", JSON),  # what our own mail server found out; none: a letter of ours
    Column("third_party", Boolean, nullable=False),
    # Whose mail a colleague passed on, with its subject and ids; none: his own.
    Column("forwarded", JSON),
    Column("recipients", JSON, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, index=True),
    Column("fingerprint", String(64), index=True),  # for servers that rewrite bytes; none: no id
    Column("reference_ids", JSON, nullable=False),
    Column("written_at", Moment),
    Column("arrived_at", Moment, nullable=False),
    Column("language", String(10), nullable=False),
    Column("defects", JSON, nullable=False),
    # Read again from the raw mail when wanted, so not in the history.
    Column("text", Text, nullable=False, info=NOT_RECORDED),
    Column("new_text", Text, nullable=False, info=NOT_RECORDED),
    # How many mails of one sender came within the hour (bursts).
    Index("ix_messages_sender", "from_address", "arrived_at"),
)
index_where("ix_messages_unreadable", messages.c.id, where=messages.c.kind == "unreadable")

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
    # The type that the bytes show; content_type is what the mail says.
    Column("sniffed", Text),
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
