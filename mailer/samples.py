"""Sample facts: what every letter is rendered with before the service starts.

They are also the manual of the facts: every key that a template may use is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Facts = Mapping[str, object]

COMMON: Facts = {
    "case": {
        "number": "KS2026-041",
        "subject": "Calibration ring: thread too wide",
        "arrived": "2026-09-21 09:43 (Europe/Berlin)",
        "predecessor_number": "KS2026-033",
        "lines": [
            {
                "po_pi_no": "PI-20260917",
                "part_name": "Calibration ring MONOline IR",
                "part_number": "4711-02",
                "quantity_delivered": 300,
                "quantity_complained": 300,
                "reason": "core hole of the M2.5 thread too wide",
            }
        ],
    },
    "customer": {"name": "Beispiel Sensorik GmbH", "contact_name": "Jana Vogt"},
    "manager": {"name": "Li Wei", "phone": "+86 755 5550 1234"},
    "company": {"name": "Example Precision Parts", "reopen_days": 10},
    "mailbox": "complaints@parts.example",
}

OWN: Facts = {
    "introduction": (
        "We regret the trouble. The core hole of the M2.5 thread was cut to 2.5 mm instead of"
        " 2.05 mm, **most probably** because chips were not blown out while tapping:\n\n"
        "- they were squeezed into the hole and widened it,\n"
        "- our check of the first piece could not show it."
    ),
    "options": [
        {"letter": "A", "text": "Use M3 screws; we bear the extra cost."},
        {"letter": "B", "text": "We remake 300 pieces free of charge in 10-15 working days."},
    ],
    "results": (
        "1. 300 pieces were remade; all core holes measure 2.05 to 2.08 mm.\n"
        "2. Blowing out chips is now a step of the work instruction.\n"
        "3. Threaded holes are gauged every 20 pieces."
    ),
}

# The letter's own facts that may be left out, and what they are then.
OPTIONAL: Facts = {"questions": ()}

QUESTIONS: Facts = {
    "questions": ["Are all 300 pieces affected?", "When do you need the parts at the latest?"]
}


def variants(needs: Sequence[str]) -> Iterator[Facts]:
    """Yield sample facts of all kinds, the fullest first, so that each branch is rendered."""
    own = {name: OWN.get(name, "Sample text.") for name in needs}
    full = {**COMMON, **OPTIONAL, **own}
    yield {**full, **QUESTIONS}
    yield {**full, "manager": None}
    yield {**full, "manager": {"name": "Li Wei", "phone": ""}}
    bare = {**full, "customer": {"name": "Beispiel Sensorik GmbH", "contact_name": ""}}
    yield {**bare, "case": {**_case(), "predecessor_number": None, "lines": [_unknown_line()]}}
    if "options" in own:
        yield {**full, "options": [{"letter": "A", "text": "We remake the parts."}]}


def _case() -> dict[str, object]:
    case = COMMON["case"]
    assert isinstance(case, dict)
    return case


def _unknown_line() -> Facts:
    lines = _case()["lines"]
    assert isinstance(lines, list)
    return dict.fromkeys(lines[0])
