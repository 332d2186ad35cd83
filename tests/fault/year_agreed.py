"""What may be agreed in the simulated year, as a clock's row holds it, to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

AGREED: Final = {
    "acknowledgment.time": ("4 hours", "9 business hours", "2 business days"),
    "acknowledgment.warns": ("30 %, 60 %, 90 %", "90 %"),
    "containment.time": ("2 hours", "8 hours", "1 business day"),
    "containment.warns": ("25 %", "30 %, 60 %, 90 %"),
    "proposal.time": ("5 hours", "24 hours", "2 business days"),
    "proposal.warns": ("50 %, 80 %", "2 hours"),
    "answer.time": ("3 hours", "3 business days"),
    "measures.time": ("2 business days", "10 business days"),
    "results.time": ("2 weeks", "6 weeks"),
    "results.warns": ("3 business days before", "20 %, 40 %, 90 %"),
    "analysis.time": ("6 hours", "5 business days"),
    "calendar": ("long", "default"),
}
# A calendar besides the company's own one: shifts, on six days.
LONG: Final = """
[calendar.long]
hours = { monday = "06:00-22:00", tuesday = "06:00-22:00", wednesday = "06:00-22:00", \
thursday = "06:00-22:00", friday = "06:00-22:00", saturday = "06:00-14:00" }
"""


def some_term(dice: Random, names: Sequence[str] = tuple(AGREED)) -> dict[str, Any]:
    """One of these terms, with what is agreed of it."""
    name = dice.choice(names)
    return {"term": name, "text": dice.choice(AGREED[name])}
