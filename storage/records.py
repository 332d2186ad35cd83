"""Rows as typed values, for judging: what `lookup` finds and service/ decides upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self

from sqlalchemy import Row


class FromRow:
    """Built from a row that has at least the columns of the fields."""

    __dataclass_fields__: ClassVar[dict[str, Any]]  # `fields()` asks anew for every row

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """Take the fields' columns out of `row`."""
        found = row._mapping
        return cls(*[found[name] for name in cls.__dataclass_fields__])

    @classmethod
    def of_values(cls, values: Mapping[Any, Any]) -> Self:
        """A row that is still to be written; a column without a value is NULL."""
        return cls(*[values.get(name) for name in cls.__dataclass_fields__])


@dataclass(frozen=True, slots=True)
class Contact(FromRow):
    """A person who writes for a customer."""

    id: int
    customer_id: int
    address: str
    name: str
    language: str | None
    confirmed: bool = False  # by a manager or an import; else anybody may have this address


@dataclass(frozen=True, slots=True)
class Case(FromRow):
    """What decisions need to know of a case."""

    id: int
    number: str
    mailbox: str
    customer_id: int | None
    contact_id: int | None
    state: str
    state_before_merge: str | None
    round: int
    subject: str
    language: str
    manager: str | None
    arrived_at: datetime
    closed_at: datetime | None
    measures_confirmed_at: datetime | None
    predecessor_id: int | None
    successor_id: int | None
    merged_into_id: int | None
    goods_concerned: bool | None
    priority: bool
    formal: bool


@dataclass(frozen=True, slots=True)
class Token(FromRow):
    """What a token in a mail proves: its bearer has seen that copy of our letter."""

    sha256: str
    case_id: int
    letter_id: int
    delivery_id: int
    purpose: str
    recipient: str
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def asks(self) -> bool:
        """Whether it stood in a letter that asks something, in the copy that can answer."""
        return self.purpose == "answer"


@dataclass(frozen=True, slots=True)
class Letter(FromRow):
    """A letter as the outbox and the answers see it."""

    id: int
    case_id: int | None
    template: str
    language: str
    state: str
    automatic: bool
    actor: str
    answers_message_id: int | None
    recipients: list[dict[str, Any]]
    facts: dict[str, Any]
    asks: str | None
    event: str | None
    stops: list[str]
    message_id: str | None
    created_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery(FromRow):
    """One recipient of a letter. `fence` is the claim under which it was read."""

    id: int
    letter_id: int
    case_id: int | None
    address: str
    to_contact: bool
    envelope_sender: str
    own_copy: str | None
    raw_sha256: str
    state: str
    copies: int
    attempts: int
    next_attempt_at: datetime | None
    accepted_at: datetime | None
    bounce_text: str | None
    lease_until: int | None
    fence: int


@dataclass(frozen=True, slots=True)
class Clock(FromRow):
    """A promise that runs, or ran."""

    id: int
    case_id: int
    name: str
    round: int
    state: str
    time: str
    calendar: str
    started_at: datetime
    due_at: datetime
    strikes_at: datetime | None
    breached_at: datetime | None
    warned: int
    message_id: int | None
    letter_id: int | None
    reason: str | None
    stopped_at: datetime | None
    stopped_by: str | None
    warns: list[str] | None  # none: as the table of the clocks says
    due_before: datetime | None
    recomputed_why: str | None


@dataclass(frozen=True, slots=True)
class ClockPause(FromRow):
    """The time in which a clock stands still: the customer has the ball (R-12)."""

    id: int
    clock_id: int
    reason: str
    paused_at: datetime
    resumed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Task(FromRow):
    """What a person must look at."""

    id: int
    case_id: int
    message_id: int | None
    letter_id: int | None
    kind: str
    reason: str
    suggestion: dict[str, Any] | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class Measure(FromRow):
    """What somebody has to do until when."""

    id: int
    case_id: int
    kind: str
    text: str
    owner: str
    due_on: date
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    strikes_at: datetime | None
    warned: int
    breached_at: datetime | None
    moved_why: str | None = None


@dataclass(frozen=True, slots=True)
class Answered(FromRow):
    """The mail that a letter answers, as its thread needs it (R-34)."""

    subject: str
    message_id: str | None
    reference_ids: list[str]


@dataclass(frozen=True, slots=True)
class User(FromRow):
    """Somebody of the company."""

    id: int
    name: str
    full_name: str
    email: str
    phone: str
    title: str
    signature: str
    role: str
    language: str
    timezone: str
    enabled: bool
    digest_on: date | None


@dataclass(frozen=True, slots=True)
class Absence(FromRow):
    """Somebody is away, and somebody stands in; both days are included."""

    id: int
    user_name: str
    first_day: date
    last_day: date | None
    deputy: str
