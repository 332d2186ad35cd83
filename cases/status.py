"""Of which steps a customer is told, and by which letter (R-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STATUS: Final = "status"

# Step: the letter that tells of it. What has a letter of its own is told by that one alone, when
# it leaves; the service promises `status` for the others.
LETTERS: Final[Mapping[str, str]] = {
    "containment": "containment",
    "solution_agreed": "solution_agreed",
    "measures_started": STATUS,
    "measures_confirmed": "measures_confirmation",
    "results": "results",
    "shipped": "shipped",
    "closed": "closing",
    "registered_anew": "registered_anew",
}


def by_itself(step: str) -> bool:
    """Whether the service tells of this step by a letter `status`."""
    return LETTERS.get(step) == STATUS


def step_of(letter: str) -> str | None:
    """The step of which this letter tells; None: of none."""
    return next((step for step, told in LETTERS.items() if told == letter), None)
