"""Sample facts: what every letter is rendered with before the service starts.

They are also the manual of the facts: every key that a template may use is here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

Facts = Mapping[str, object]

_LINE: Facts = {
    "po_pi_no": "PI-20260917",
    "part_name": "Calibration ring MONOline IR",
    "part_number": "4711-02",
    "drawing_revision": "C",
    "lot": "2231",
    "quantity_delivered": 300,
    "quantity_complained": 300,
    "reason": "core hole of the M2.5 thread too wide",
}
_CASE: Facts = {
    "number": "KS2026-041",
    "subject": "Calibration ring: thread too wide",
    "arrived": "2026-09-21 09:43 (Europe/Berlin)",
    "predecessor_number": "KS2026-033",  # None unless registered anew
    "lines": [_LINE],  # any key of a line may be None
    # what was not found in the complaint: po_pi_no, part_number, quantity_complained
    "missing": ["po_pi_no", "part_number"],
}
_ITEM: Facts = {
    "number": "KS2026-041",
    "subject": "Calibration ring: thread too wide",
    "what": "proposal",
    "due": "2026-09-21 21:43 (Europe/Berlin)",
    "left": "2 h 10 min",
}
_LATE: Facts = {
    "number": "KS2026-038",
    "subject": "Scratches on the housing",
    "what": "measure",
    "due": "2026-09-18",
    "left": "",
}

# The facts of every letter. Nothing here is only for the company.
COMMON: Facts = {
    "case": _CASE,
    "customer": {"name": "Beispiel Sensorik GmbH", "contact_name": "Jana Vogt"},
    # None while nobody is responsible. `signature`: Markdown from the manager's profile.
    "manager": {
        "name": "Li Wei",
        "phone": "+86 755 5550 1234",
        "title": "Quality Manager",
        "signature": "Building 3, Shenzhen\\\n[parts.example](https://parts.example)",
    },
    "company": {"name": "Example Precision Parts", "reopen_days": 10},
    "mailbox": "complaints@parts.example",
}

# Further facts of the letters with audience = "internal"; no other letter may use them.
INTERNAL: Facts = {
    "reader": {"name": "Maria Keller"},  # the user who is written to
    "desk_url": "https://desk.parts.example/case/KS2026-041",  # "" if unknown
}

# A letter's own facts. `Markdown`: `{{ name | markdown }}`. `Day`: a date or YYYY-MM-DD,
# `{{ name | day }}`. Everything else is plain words.
OWN: Facts = {
    # Markdown: what the letter begins with
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
    # Markdown
    "results": (
        "1. 300 pieces were remade; all core holes measure 2.05 to 2.08 mm.\n"
        "2. Blowing out chips is now a step of the work instruction.\n"
        "3. Threaded holes are gauged every 20 pieces."
    ),
    "questions": ["Are all 300 pieces affected?", "When do you need the parts at the latest?"],
    # Markdown: a manager's own words
    "answer": (
        "The 300 pieces can stay with you until the new ones have arrived. You need **not** rework"
        " them; we collect them at our expense."
    ),
    # Markdown: what was blocked and sorted, and what the customer should do with the goods
    "containment": (
        "- The 120 pieces in our store are blocked and are being sorted.\n"
        "- Please keep the 300 pieces apart and do not assemble them."
    ),
    # Markdown
    "analysis": (
        "The core hole measures 2.5 mm instead of 2.05 mm. Chips were not blown out while tapping"
        " and widened the hole."
    ),
    "plan": ["Gauge all pieces of lot 17 in our store.", "Repeat the tapping with air blast."],
    # Markdown: what was agreed
    "solution": "We remake **150 pieces** free of charge; you use the other 150 with M3 screws.",
    # in %; a share may be left out
    "cost_shares": {"company": 70, "customer": 20, "other": 10},
    "promised_date": "2026-10-16",  # Day
    # what was done, and the Day on which it was
    "measures": [
        {"text": "Blowing out chips is a step of the work instruction.", "done_on": "2026-10-09"},
        {"text": "Threaded holes are gauged every 20 pieces.", "done_on": "2026-10-12"},
    ],
    # Markdown
    "shipment": "150 pieces, remade and gauged, by air freight.",
    "tracking": "EX 123 456 789",
    # Markdown, or one of the steps that _names.md knows
    "status": "The new pieces are **made**; gauging them is what remains.",
    "next_step": "We gauge all pieces of the lot.",
    # What was asked and is still open: Markdown, or a list of questions
    "reminder_of": "Which of our options, A or B, suits you better?",
    # The one-time code of a challenge, and in our words what it confirms: approve, reject, choose
    "code": "7K3M-Q9TX",
    "verdict": "approve",
    "option": "B",  # a chosen option
    # Internal: `kind` as service/measures.py names it, `due_on` a Day
    "measure": {
        "kind": "corrective",
        "text": "Put blowing out chips into the work instruction.",
        "due_on": "2026-10-09",
    },
    "owner": {"name": "Chen Hong"},
    # Internal: promises of a case. `what`: a clock's name, "measure" or words; `due`: the moment
    # in words; `left`: the time left in words, "" when it has passed
    "promises": [{"what": "acknowledgment", "due": "2026-09-22 09:43 (Europe/Berlin)"}],
    "promise": {
        "what": "proposal",
        "due": "2026-09-21 21:43 (Europe/Berlin)",
        "left": "2 h 10 min",
    },
    # Internal: promises of many cases, tasks in them, cases in which the customer has the ball
    "items": [_ITEM, _LATE],
    "tasks": [
        {"number": "KS2026-040", "subject": "Wrong label", "what": "Read what the customer wrote."}
    ],
    "waiting": [{"number": "KS2026-036", "subject": "Burrs at the edge"}],
    "instead_of": "Chen Hong",  # Internal: who is away, and for whom the reader stands in
    # Given by the service: days of silence after which it counts as yes; 0: it never does
    "deemed_accepted_days": 14,
    # Whether an objection undid the closing
    "closing_undone": True,
    # Internal: what became of a rejection: registered_anew, next_round, closing_undone; and the
    # customer's own words
    "outcome": "registered_anew",
    "said": "Not accepted.",
}

# Own facts that may be left out, and what they are then.
OPTIONAL: Facts = {
    "introduction": "",
    "questions": (),
    "plan": (),
    "cost_shares": None,
    "promised_date": None,
    "tracking": "",
    "next_step": "",
    "promises": (),
    "option": "",
    "items": (),
    "tasks": (),
    "waiting": (),
    "instead_of": "",
    "deemed_accepted_days": 0,
    "closing_undone": False,
}
# Of these, what only the service gives: nobody is asked for it.
BY_SERVICE = ("deemed_accepted_days",)
INTERNAL_OPTIONAL: Facts = {"reader": {"name": ""}, "desk_url": ""}
# Keys of a fact that may be left out, and what they are then.
OPTIONAL_KEYS: Mapping[str, Facts] = {
    "manager": {"title": "", "signature": ""},
    "cost_shares": {"company": 0, "customer": 0, "other": 0},
    "promise": {"text": ""},
}

# Facts of another kind than those above, for the branches that they lead to.
OTHERWISE: Mapping[str, tuple[object, ...]] = {
    "options": ([{"letter": "A", "text": "We remake the parts."}],),
    "questions": (["Are all 300 pieces affected?"],),
    "items": ([_ITEM],),
    "cost_shares": ({"company": 100}, {"customer": 100}, {"company": 50, "customer": 50}),
    "status": ("analysis_started",),
    "reminder_of": (
        ["Are all 300 pieces affected?", "When do you need them at the latest?"],
        "approval",
    ),
    "verdict": ("reject", "choose"),
    "promise": (
        {"what": "measure", "due": "2026-09-18", "left": "", "text": "Gauge the lot."},
        {"what": "nothing_drives", "due": "2026-09-18", "left": ""},
    ),
    "closing_undone": (False,),
    "outcome": ("next_round", "closing_undone"),
}


def filled(facts: Facts, *, internal: bool) -> dict[str, object]:
    """Return `facts` with those that were left out."""
    given = {**OPTIONAL, **(INTERNAL_OPTIONAL if internal else {}), **facts}
    for name, left_out in OPTIONAL_KEYS.items():
        value = given.get(name)
        if isinstance(value, Mapping):
            given[name] = {**left_out, **value}
    return given


def variants(
    needs: Collection[str], uses: Collection[str] = (), *, internal: bool = False
) -> Iterator[tuple[str, Facts]]:
    """Yield named sample facts of all kinds, the fullest first, so that each branch is rendered.

    `needs`: the facts without which there is no letter; `uses`: all that it mentions.
    """
    own = {
        name: OWN.get(name, "Sample text.")
        for name in sorted({*needs, *uses})
        if name not in COMMON and name not in INTERNAL
    }
    full = {**COMMON, **own, **(INTERNAL if internal else {})}
    yield "full", full
    yield "nobody", {**full, "manager": None}
    needed = {name: value for name, value in own.items() if name in needs}
    yield "bare", {**COMMON, **needed, **_bare()}
    for name in own:
        for at, value in enumerate(OTHERWISE.get(name, ()), 2):
            yield f"{name} {at}", {**full, name: value}


def _bare() -> Facts:
    """What a case may not know yet."""
    return {
        "case": {
            **_CASE,
            "predecessor_number": None,
            "lines": [dict.fromkeys(_LINE)],
            "missing": [],
        },
        "customer": {"name": "", "contact_name": ""},
        "manager": {"name": "Li Wei", "phone": ""},
    }
