"""The schema, one module a subject. Tables are the truth, the history is their record (R-46)."""

from storage.tables.again import case_marks, picture_sights, recurrences, to_compare
from storage.tables.case import (
    answers,
    cases,
    clock_pauses,
    clocks,
    lines,
    measure_files,
    measures,
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
    reckoned,
    seals,
)

__all__ = [
    "answers",
    "attachments",
    "attempts",
    "case_marks",
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
    "measure_files",
    "measures",
    "messages",
    "metadata",
    "outbox_stops",
    "picture_sights",
    "raws",
    "reckoned",
    "recurrences",
    "round_trips",
    "seals",
    "sessions",
    "sightings",
    "solutions",
    "tasks",
    "terms",
    "thread_keys",
    "to_compare",
    "token_misses",
    "tokens",
    "users",
]
