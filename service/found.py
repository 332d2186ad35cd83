"""What was read from a complaint, as the columns of its case and of its lines (R-23).

They stand there to be confirmed (R-27): a line that no manager has confirmed is only a reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from cases.formality import formal_because
from intake.facts.find import Fact, Facts
from service.arrived import Arrived
from service.editing import CASE_FIELDS, LINE_FIELDS

# The order of the facts is that of the letter that asks for them.
ASKED_FOR: Final = ("po_pi_no", "part_number", "quantity_complained")


def case_values(facts: Facts) -> dict[str, Any]:
    """The columns of `cases`."""
    found = dict(facts.of_case)
    # The currency belongs to the order's value where nothing is claimed in another.
    first = facts.lines[0] if facts.lines else {}
    if "order_value" in found and "currency" in first:
        found["currency"] = first["currency"]
    return _values(found, CASE_FIELDS)


def formality(arrived: Arrived) -> dict[str, Any]:
    """R-32: formal, if the mail names the customer's own form or number; with the words."""
    words = formal_because(arrived.mail.subject, arrived.mail.new_text)
    if words is None:
        return {}
    known = case_values(arrived.facts).get("found_in", {})
    return {"formal": True, "found_in": {**known, "formal": words}}


def line_values(facts: Facts) -> tuple[dict[str, Any], ...]:
    """The columns of `lines`, a row each."""
    return tuple(_values(line, LINE_FIELDS) for line in facts.lines)


def _values(found: Mapping[str, Fact], fields: Mapping[str, type]) -> dict[str, Any]:
    typed = {
        name: Decimal(fact.value) if fields[name] is Decimal else fact.value
        for name, fact in found.items()
    }
    return {**typed, "found_in": {name: fact.line for name, fact in found.items()}} if typed else {}
