"""Customers with their contacts and terms (R-11, R-33), and the users of the desk."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Integer,
    String,
    Table,
    Text,
)

from storage.tables.meta import index_where, key, link, metadata
from storage.types import Moment

customers: Final = Table(
    "customers",
    metadata,
    key(),
    Column("code", String(40), unique=True),  # as in RK29; none until a manager gives it
    Column("name", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

contacts: Final = Table(
    "contacts",
    metadata,
    key(),
    link("customer_id", "customers"),
    Column("address", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("phone", String(60)),
    Column("language", String(10)),
    Column("confirmed", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# What was agreed with one customer, or for one case by a supervisor with a reason. What
# holds no more stays with its end: an auditor asks what was agreed when.
terms: Final = Table(
    "terms",
    metadata,
    key(),
    link("customer_id", "customers", nullable=True),
    link("case_id", "cases", nullable=True),
    Column("name", String(60), nullable=False),
    Column("value", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Text),
)
for _owner in ("customer_id", "case_id"):
    _held = terms.c[_owner].is_not(None) & terms.c.ended_at.is_(None)
    index_where(
        f"uq_terms_{_owner}_holds",
        terms.c[_owner],
        terms.c.name,
        unique=True,
        where=_held,
    )

users: Final = Table(
    "users",
    metadata,
    key(),
    Column("name", String(60), nullable=False, unique=True),
    Column("full_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("signature", Text, nullable=False),  # Markdown
    Column("role", String(20), nullable=False),
    Column("language", String(10), nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("password_hash", Text),
    Column("sessions_version", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("digest_on", Date),  # the last day of theirs whose digest was seen to
)

# Who is away and who stands in. Both days are included; no last day: until it is ended.
absences: Final = Table(
    "absences",
    metadata,
    key(),
    Column("user_name", String(60), nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("deputy", String(60), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Text),
)

# A session of the desk. The cookie holds the token; here is its sha256.
sessions: Final = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    link("user_id", "users"),
    Column("version", Integer, nullable=False),  # users.sessions_version when it began
    Column("csrf", String(64), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# Failed log-ins of the last minutes, for throttling.
log_ins: Final = Table(
    "log_ins",
    metadata,
    key(),
    Column("name", Text, nullable=False),
    Column("address", String(60), nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
