"""Who must hear that a customer does not accept what was done (R-28): the manager and the
supervisors, by a letter inside the company."""

from __future__ import annotations

from typing import Final, Literal

from service.letters import promise_internal
from service.wiring import Happening
from storage import people
from storage.records import Case, User

Outcome = Literal["registered_anew", "next_round", "closing_undone"]
_TEMPLATE: Final = "objection"
_LONGEST: Final = 300
_SUPERVISOR: Final = "supervisor"


def tell_objection(
    h: Happening, case: Case, outcome: Outcome, said: str, message_id: int | None
) -> None:
    """`case` is the one that goes on; `said` the customer's words, or a person's reason."""
    manager = people.user(h.book.tx, case.manager) if case.manager else None
    readers = [manager] if manager and manager.enabled else []
    facts = {"outcome": outcome, "said": " ".join(said.split())[:_LONGEST] or "-"}
    for one in {user.email: user for user in (*readers, *_supervisors(h)) if user.email}.values():
        cause = f"{outcome}:{case.round}:{message_id}"
        who = (one.full_name, one.email)
        promise_internal(h, case, who, _TEMPLATE, cause=cause, facts=facts, answers=message_id)


def _supervisors(h: Happening) -> list[User]:
    return [one for one in people.users(h.book.tx) if one.enabled and one.role == _SUPERVISOR]
