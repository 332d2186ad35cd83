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

from storage.tables.meta import NOT_RECORDED, index_where, key, link, metadata
from storage.types import Moment

# state: draft | promised | held | queued | withdrawn | done
letters: Final = Table(
    "letters",
    metadata,
    key(),
    link("case_id", "cases", nullable=True),  # none: to own people, about many cases
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
    Column("released_at", Moment),  # a person let it go: no brake holds it again
)

# state: queued | sending | accepted | deferred | refused | uncertain | bounced. "claimed" is a
# queued or deferred delivery with a lease that has not run out.
deliveries: Final = Table(
    "deliveries",
    metadata,
    key(),
    link("letter_id", "letters"),
    link("case_id", "cases", nullable=True),
    Column("role", String(4), nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("to_contact", Boolean, nullable=False),  # a clock stops on this one
    Column("envelope_sender", Text, nullable=False),
    Column("own_copy", Text),  # a further recipient in the same envelope: our own mailbox
    Column("raw_sha256", String(64), ForeignKey("raws.sha256"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("copies", Integer, nullable=False),  # how often the bytes may have reached a server
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("reply_code", Integer),
    Column("reply_text", Text),
    Column("accepted_at", Moment),
    # While set, nobody sends it: since then it is looked for (reliability.md 6 B).
    Column("sought_since", Moment),
    Column("bounced_at", Moment),
    Column("bounce_text", Text),  # also of a delay; what the relay said stays in reply_text
    Column("tell_delay_at", Moment),
    # What brakes count: when an automatic letter was queued, and where it goes.
    Column("braked_at", Moment),
    Column("domain", Text),
    Column("lease_owner", String(60), info=NOT_RECORDED),
    Column("lease_until", BigInteger, info=NOT_RECORDED),  # database clock, milliseconds
    Column("fence", Integer, nullable=False, info=NOT_RECORDED),
    Index("ix_deliveries_due", "state", "next_attempt_at"),
)
for _name in ("address", "domain", None):
    _columns = [deliveries.c[one] for one in (_name, "braked_at") if one]
    index_where(
        f"ix_deliveries_braked_{_name or 'all'}",
        *_columns,
        where=deliveries.c.braked_at.is_not(None),
    )
index_where(
    "ix_deliveries_tell_delay_at",
    deliveries.c.tell_delay_at,
    where=deliveries.c.tell_delay_at.is_not(None),
)

# The global brake: while one of them has not ended, nothing leaves. Kept, for the record.
outbox_stops: Final = Table(
    "outbox_stops",
    metadata,
    key(),
    Column("stopped_at", Moment, nullable=False),
    Column("stopped_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Text),
    Column("ended_why", Text),
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

# A one-time code that went to the address of record, and what happens when it comes back (6 C).
# outcome: used | spent (too many wrong tries) | outdated
challenges: Final = Table(
    "challenges",
    metadata,
    key(),
    link("case_id", "cases"),
    link("letter_id", "letters"),
    Column("message_id", BigInteger, ForeignKey("messages.id"), nullable=False),
    Column("event", String(20), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("option", String(40)),
    Column("phrase", Text, nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", String(10)),
)

# Tokens that somebody tried and nobody has: each once, for counting them by sender and hour.
token_misses: Final = Table(
    "token_misses",
    metadata,
    Column("sender", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    PrimaryKeyConstraint("sender", "sha256"),
)

# The token itself is only in the mail; here is its sha256 (reliability.md 6 D).
tokens: Final = Table(
    "tokens",
    metadata,
    Column("sha256", String(64), primary_key=True),
    link("case_id", "cases"),
    link("letter_id", "letters"),
    link("delivery_id", "deliveries"),
    Column("purpose", String(6), nullable=False),  # reply | answer | bounce | bcc
    Column("recipient", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)
