"""One-time codes that went to an address of record, and what they are to decide (6 C)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.records import FromRow
from storage.tables import challenges


@dataclass(frozen=True, slots=True)
class Challenge(FromRow):
    """A decision that waits for its code."""

    id: int
    case_id: int
    letter_id: int
    message_id: int
    event: str
    verdict: str
    option: str | None
    phrase: str
    code_hash: str
    tries: int
    expires_at: datetime
    ended_at: datetime | None


def of_case(connection: Connection, case_id: int) -> list[Challenge]:
    """All challenges of a case, oldest first."""
    found = connection.execute(
        select(challenges).where(challenges.c.case_id == case_id).order_by(challenges.c.id)
    )
    return [Challenge.of(row) for row in found]


def waiting(connection: Connection, case_id: int, at: datetime) -> list[Challenge]:
    """Those whose code can still come back."""
    every = of_case(connection, case_id)
    return [one for one in every if one.ended_at is None and one.expires_at > at]
