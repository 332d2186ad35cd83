"""The schema, one module a subject. Tables are the truth, the history is their record (R-46)."""

from storage.tables.case import (
    answers,
    cases,
    clock_pauses,
    clocks,
    lines,
    measures,
    related_cases,
    solutions,
    tasks,
)
from storage.tables.health import incidents, marks, round_trips
from storage.tables.mail import attachments, mailboxes, messages, raws, sightings, thread_keys
from storage.tables.meta import metadata
from storage.tables.out import (
    attempts,
    challenges,
    deliveries,
    letters,
    outbox_stops,
    token_misses,
    tokens,
)
from storage.tables.people import contacts, customers, log_ins, sessions, terms, users
from storage.tables.record import (
    counters,
    history,
    history_payloads,
    installation,
    leases,
    seals,
)

__all__ = [
    "answers",
    "attachments",
    "attempts",
    "cases",
    "challenges",
    "clock_pauses",
    "clocks",
    "contacts",
    "counters",
    "customers",
    "deliveries",
    "history",
    "history_payloads",
    "incidents",
    "installation",
    "leases",
    "letters",
    "lines",
    "log_ins",
    "mailboxes",
    "marks",
    "measures",
    "messages",
    "metadata",
    "outbox_stops",
    "raws",
    "related_cases",
    "round_trips",
    "seals",
    "sessions",
    "sightings",
    "solutions",
    "tasks",
    "terms",
    "thread_keys",
    "token_misses",
    "tokens",
    "users",
]
