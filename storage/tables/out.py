"""Mail that goes out: a letter is what is said, a delivery is one recipient of it."""

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
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from storage.tables.meta import NOT_RECORDED, key, link, metadata
from storage.types import Moment

# state: draft | promised | held | queued | withdrawn | done
letters: Final = Table(
    "letters",
    metadata,
    key(),
    link("case_id", "cases"),
    Column("promise_key", String(120), unique=True),  # one promise, one letter: never twice
    Column("template", String(40), nullable=False),
    Column("language", String(10), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("automatic", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("answers_message_id", BigInteger),  # messages.id; no key: messages point here too
    Column("recipients", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("asks", String(10)),
    Column("event", String(20)),
    Column("stops", JSON, nullable=False),
    Column("message_id", Text, unique=True),
    Column("subject", Text),
    Column("created_at", Moment, nullable=False),
    Column("composed_at", Moment),
    Column("done_at", Moment),
    Column("hold_reason", Text),
)

# state: queued | sending | accepted | deferred | refused | uncertain | bounced. "claimed" is a
# queued or deferred delivery with a lease that has not run out.
deliveries: Final = Table(
    "deliveries",
    metadata,
    key(),
    link("letter_id", "letters"),
    link("case_id", "cases"),
    Column("role", String(4), nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("to_contact", Boolean, nullable=False),  # a clock stops on this one
    Column("envelope_sender", Text, nullable=False),
    Column("raw_sha256", String(64), ForeignKey("raws.sha256"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("copies", Integer, nullable=False),  # how often the bytes may have reached a server
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("reply_code", Integer),
    Column("reply_text", Text),
    Column("accepted_at", Moment),
    Column("lease_owner", String(60), info=NOT_RECORDED),
    Column("lease_until", BigInteger, info=NOT_RECORDED),  # database clock, milliseconds
    Column("fence", Integer, nullable=False, info=NOT_RECORDED),
    Index("ix_deliveries_due", "state", "next_attempt_at"),
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", String(10)),
    Column("reply_code", Integer),
    Column("reply_text", Text),
    PrimaryKeyConstraint("delivery_id", "number"),
)

# The token itself is only in the mail; here is its sha256 (reliability.md 6 D).
tokens: Final = Table(
    "tokens",
    metadata,
    Column("sha256", String(64), primary_key=True),
    link("case_id", "cases"),
    link("letter_id", "letters"),
    link("delivery_id", "deliveries"),
    Column("purpose", String(6), nullable=False),  # reply | answer | bounce
    Column("recipient", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)
