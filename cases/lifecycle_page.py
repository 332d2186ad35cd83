"""Print the lifecycle table (R-21) as the page `docs/lifecycle.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cases.lifecycle import (
    CLOSED_STATES,
    EFFECTS,
    GUARDS,
    OPEN_STATES,
    STEPS,
    UNDO,
    Event,
    State,
)

HEAD = """\
# The lifecycle of a case

Printed from `cases/lifecycle.py` by `cases/lifecycle_page.py`; a test compares them. Every step
that is not in this table is illegal and is answered with the steps that are possible (R-21).
"Sent" means: accepted by the SMTP server.
"""

FOOT = """\
A company may choose (R-28) that a rejection goes on in the same case: then `rejected` leads to
`analysis` with the next round, and nothing is registered anew.
"""


def markdown() -> str:
    """Return the page: the states, then one row a step."""
    return "\n".join(
        [
            HEAD,
            f"- Open: {_list(state for state in State if state in OPEN_STATES)}",
            f"- Closed: {_list(state for state in State if state in CLOSED_STATES)}",
            "",
            "| from | by | to | only | then |",
            "|---|---|---|---|---|",
            *_rows(),
            "",
            FOOT,
        ]
    )


def _rows() -> Iterator[str]:
    ends = {**{key: str(after) for key, after in STEPS.items()}, UNDO: "the state before"}
    for (state, event), after in ends.items():
        guard = GUARDS.get((state, event))
        yield f"| {state} | {event} | {after} | {guard.only if guard else ''} | {_then(event)} |"


def _then(event: Event) -> str:
    return ", ".join(str(effect) for effect in EFFECTS.get(event, ()))


def _list(states: Iterable[State]) -> str:
    return ", ".join(states)
