"""What customers answered, and what of it acted (R-29)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage import tables
from storage.records import FromRow


@dataclass(frozen=True, slots=True)
class Answered(FromRow):
    """How a mail was understood."""

    id: int
    message_id: int | None
    letter_id: int | None
    verdict: str
    option: str | None
    certain: bool
    acted: bool
    authority: str


def to_letter(connection: Connection, case_id: int, letter_id: int) -> list[Answered]:
    """The answers to this letter, in their order."""
    answers = tables.answers
    found = connection.execute(
        select(answers)
        .where(answers.c.case_id == case_id, answers.c.letter_id == letter_id)
        .order_by(answers.c.id)
    )
    return [Answered.of(row) for row in found]


def closed_by(connection: Connection, case_id: int) -> Answered | None:
    """The latest approval that acted: what the closing of the case rests on."""
    answers = tables.answers
    row = connection.execute(
        select(answers)
        .where(
            answers.c.case_id == case_id,
            answers.c.acted.is_(True),
            answers.c.verdict == "approve",
        )
        .order_by(answers.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Answered.of(row)
