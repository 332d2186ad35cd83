"""What an answer does, as one table (R-29). Whether its sender may do it is asked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cases.answers.verdicts import Answer, Asked, Kind, Verdict
from cases.lifecycle import Event

Outcome = Literal["acts", "task", "filed"]


@dataclass(frozen=True)
class Effect:
    """`acts`: the case takes the step `event`. `task`: a person reads the mail, and it is owed an
    answer (R-14). `filed`: nothing happens, and nobody waits for an answer."""

    outcome: Outcome
    event: Event | None = None
    only_one_option: bool = False  # of several nobody knows which is meant
    idle_only: bool = False  # filed only where no decision is waited for


TASK: Final = Effect("task")
FILED: Final = Effect("filed")

TABLE: Final[Mapping[tuple[Kind, Verdict], Effect]] = {
    ("approval", "approve"): Effect("acts", Event.APPROVED),
    ("approval", "reject"): Effect("acts", Event.REJECTED),
    ("approval", "choose"): TASK,
    ("approval", "accept_with_change"): TASK,
    ("approval", "question"): TASK,
    ("approval", "thanks_only"): FILED,
    ("approval", "withdraw"): TASK,
    ("approval", "unclear"): TASK,
    ("proposal", "approve"): Effect("acts", Event.PROPOSAL_ACCEPTED, only_one_option=True),
    ("proposal", "reject"): Effect("acts", Event.PROPOSAL_REFUSED),
    ("proposal", "choose"): Effect("acts", Event.OPTION_CHOSEN),
    ("proposal", "accept_with_change"): TASK,
    ("proposal", "question"): TASK,
    ("proposal", "thanks_only"): FILED,
    ("proposal", "withdraw"): TASK,
    ("proposal", "unclear"): TASK,
    ("question", "approve"): TASK,  # a yes may be the answer
    ("question", "reject"): TASK,
    ("question", "choose"): TASK,
    ("question", "accept_with_change"): TASK,
    ("question", "question"): TASK,
    ("question", "thanks_only"): FILED,
    ("question", "withdraw"): TASK,
    ("question", "unclear"): TASK,
    ("nothing", "approve"): Effect("filed", idle_only=True),
    ("nothing", "reject"): TASK,
    ("nothing", "choose"): TASK,
    ("nothing", "accept_with_change"): TASK,
    ("nothing", "question"): TASK,
    ("nothing", "thanks_only"): FILED,
    ("nothing", "withdraw"): TASK,
    ("nothing", "unclear"): TASK,
    ("closed", "approve"): FILED,
    ("closed", "reject"): Effect("acts", Event.REJECTED),
    ("closed", "choose"): TASK,
    ("closed", "accept_with_change"): TASK,
    ("closed", "question"): TASK,
    ("closed", "thanks_only"): FILED,
    ("closed", "withdraw"): FILED,
    ("closed", "unclear"): TASK,
}


def effect_of(answer: Answer, asked: Asked, *, waiting: bool) -> Effect:
    """What this answer does. `waiting`: the case waits for a decision of the customer.

    When in doubt a person decides: nothing acts that is not certain, and nothing is filed of which
    a word was not understood.
    """
    found = TABLE[asked.kind, answer.verdict]
    if found.outcome == "acts":
        one_too_many = found.only_one_option and len(asked.options) != 1
        return found if answer.certain and not one_too_many else TASK
    if found.outcome == "filed" and (answer.partly or (found.idle_only and waiting)):
        return TASK
    return found
