"""A customer keeps its own system, and the case is to be entered there: checked off by whom did it
(R-11). The terms `own_system` say where."""

from __future__ import annotations

from typing import Any, Final

from cases.errors import BadInput
from cases.lifecycle import OPEN_STATES
from cases.terms import Terms
from service.tasks import end_task, open_task
from service.terms import terms_in
from service.wiring import Happening, Wiring
from storage import casefile, tables
from storage.book import Update
from storage.database import Connection
from storage.records import Case

OWN_SYSTEM: Final = "own_system"
_LONGEST: Final = 200  # characters of a reference number


def system_of(w: Wiring, connection: Connection, case: Case) -> str:
    """Name and address of the system on which this case is to be entered; "" for none."""
    return terms_in(w, connection, case).text(OWN_SYSTEM)


def ask_to_enter(h: Happening, case: Case, terms: Terms) -> None:
    """A task for a new case whose customer wants it on its own system."""
    _ask(h, case, terms.text(OWN_SYSTEM))


def _ask(h: Happening, case: Case, system: str) -> None:
    if system:
        why = f"the customer wants it on its own system: {system}"
        open_task(h, case.id, OWN_SYSTEM, why, suggestion={"system": system})


def ask_again(h: Happening, case_id: int) -> None:
    """The case, which is held, got another customer: what was asked before ends, and that one may
    want it too."""
    h.book.flush()  # so that the new customer is found
    case = casefile.by_id(h.book.tx, case_id)
    for task in casefile.open_tasks(h.book.tx, case.id, OWN_SYSTEM):
        end_task(h, task, "dismiss", "the case is another customer’s now")
    if case.state in OPEN_STATES and casefile.row(h.book.tx, case.id)["recorded_there_at"] is None:
        _ask(h, case, system_of(h.wiring, h.book.tx, case))


def checked_off(h: Happening, number: str, reference: str = "") -> None:
    """It is entered there. `reference`: the number that it has there; mails that name it find the
    case. Said again, the later word holds."""
    reference = " ".join(reference.split())
    if len(reference) > _LONGEST:
        raise BadInput(f"a reference has at most {_LONGEST} characters", mend="shorten it")
    case = casefile.locked(h.book, number)
    system = system_of(h.wiring, h.book.tx, case)
    if not system:
        raise BadInput(
            f"nothing was agreed about a system of the customer of {case.number}",
            mend="set the term own_system of the customer",
        )
    values: dict[str, Any] = {"recorded_there_at": h.at, "recorded_there_by": h.actor}
    if reference:
        values["customer_reference"] = reference
    h.record(case.id, "recorded_there", Update(tables.cases, case.id, values))
    for task in casefile.open_tasks(h.book.tx, case.id, OWN_SYSTEM):
        end_task(h, task, "checked_off", f"entered on {system}")
