"""What a letter that asks says of silence, if that was agreed (R-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.terms import Terms
from service.wiring import Wiring
from storage import terms as agreed
from storage.database import Connection
from storage.records import Case


def said_of_silence(
    w: Wiring, connection: Connection, case: Case, template: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The facts of a letter, with the days after which silence accepts what it asks.

    Only approval, and a proposal with one option: of several, silence chooses none. What a letter
    did not say never holds.
    """
    asks = w.letters_of(case.mailbox).front(template).asks
    if asks != "approval" and not (asks == "proposal" and len(facts.get("options", ())) == 1):
        return dict(facts)
    terms = Terms(
        agreed.of_customer(connection, case.customer_id), agreed.of_case(connection, case.id)
    )
    days = terms.days("deemed_accepted_days")
    return {**facts, "deemed_accepted_days": days} if days else dict(facts)
