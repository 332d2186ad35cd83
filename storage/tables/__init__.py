"""The schema, one module a subject. Tables are the truth, the history is their record (R-46)."""

from storage.tables.case import (
    answers,
    cases,
    clock_pauses,
    clocks,
    lines,
    measures,
    solutions,
    tasks,
)
from storage.tables.mail import attachments, mailboxes, messages, raws, sightings, thread_keys
from storage.tables.meta import metadata
from storage.tables.out import attempts, deliveries, letters, tokens
from storage.tables.people import contacts, customers, log_ins, sessions, terms, users
from storage.tables.record import counters, history, history_payloads, leases, seals

__all__ = [
    "answers",
    "attachments",
    "attempts",
    "cases",
    "clock_pauses",
    "clocks",
    "contacts",
    "counters",
    "customers",
    "deliveries",
    "history",
    "history_payloads",
    "leases",
    "letters",
    "lines",
    "log_ins",
    "mailboxes",
    "measures",
    "messages",
    "metadata",
    "raws",
    "seals",
    "sessions",
    "sightings",
    "solutions",
    "tasks",
    "terms",
    "thread_keys",
    "tokens",
    "users",
]
