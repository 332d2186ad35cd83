"""A model of the desk in a hundred lines, and the real one beside it: whatever happens in whatever
order, both say the same (reliability.md section 5).

The model knows three things: which states there are, which letter asked last, and which words say
what. Everything that is not a certain answer of the address of record to the letter that asked
last, with that letter's token, changes no state; nor does one that contradicts what was said
before. Only a closing may be undone by less, and by words that object alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cases.answers import Asked, read
from cases.lifecycle import OPEN_STATES, STEPS, Event, State

# What customers write; what it says in answer to which question is told by the grammar, which has
# tests of its own.
WORDS: Final = (
    "Approved.",
    "We do not accept this.",
    "We choose option A.",
    "We choose option B.",
    "When will the new parts arrive?",
    "Thank you very much.",
    "Approved, but only if the price stays as it is.",
)
ANSWERS: Final[Mapping[tuple[str, str], Event]] = {
    ("approval", "approve"): Event.APPROVED,
    ("approval", "reject"): Event.REJECTED,
    ("proposal", "choose"): Event.OPTION_CHOSEN,
    ("proposal", "reject"): Event.PROPOSAL_REFUSED,
}
# Whoever says one of these to a letter that a person has not read yet is not contradicted by mail.
CONTRARY: Final = ("approve", "reject", "choose", "accept_with_change", "withdraw", "unclear")
TOKEN_LIVES: Final = timedelta(days=30)


@dataclass(frozen=True)
class Letter:
    """A letter that asked: its place in the customer's mailbox, and what it asked when."""

    place: int
    asks: str
    options: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class ModelCase:
    """A case as the model has it."""

    number: str
    who: str
    state: State = State.REGISTERED
    asked: Letter | None = None  # the latest one that asks
    before_merge: State | None = None
    merged_into: str = ""
    unread: frozenset[tuple[str, str | None]] = frozenset()  # said to that letter, for a person
    disputed: bool = False  # its closing was undone

    def can(self, event: Event) -> bool:
        """Whether the table has this step."""
        return (self.state, event) in STEPS

    def after(self, event: Event) -> ModelCase:
        """The case after a step of the table."""
        return replace(self, state=STEPS[self.state, event])


def objects(words: str) -> bool:
    """Whether these words may undo a closing."""
    return read(words, Asked("closed")).verdict == "reject"


def said(letter: Letter, words: str) -> tuple[str, str | None]:
    """What the words say to this letter."""
    answer = read(words, _asked(letter))
    return answer.verdict, answer.option


def _asked(letter: Letter) -> Asked:
    if letter.asks == "proposal":
        return Asked("proposal", letter.options, tuple(f"Way {one}" for one in letter.options))
    return Asked("approval")


def decided(case: ModelCase, letter: Letter, words: str, at: datetime) -> Event | None:
    """What an answer to this letter does, if anything."""
    if letter != case.asked or at >= letter.at + TOKEN_LIVES or case.state not in OPEN_STATES:
        return None
    if case.unread - {said(letter, words)}:
        return None
    answer = read(words, _asked(letter))
    event = ANSWERS.get((letter.asks, answer.verdict))
    if (letter.asks, answer.verdict, len(letter.options)) == ("proposal", "approve", 1):
        event = Event.PROPOSAL_ACCEPTED
    return event if answer.certain and event and case.can(event) else None
