"""A person enters what the customer decided, when no mail could say it by itself (R-29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cases.errors import BadInput, IllegalStep
from cases.lifecycle import OPEN_STATES, Event, State
from service.agreement import AGREES, note_agreement
from service.asked import offered
from service.clocks import resume_clocks
from service.steps import Because, take_step
from service.wiring import Happening
from storage import casefile, lookup, tables
from storage.book import Insert, Update
from storage.records import Case, Letter


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided in the customer's name, and why."""

    kind: str
    why: str
    option: str | None = None


_DECISIONS: Final[Mapping[tuple[str, State], Event]] = {
    ("approve", State.AWAITING_APPROVAL): Event.APPROVED,
    ("approve", State.SOLUTION_PROPOSED): Event.PROPOSAL_ACCEPTED,
    ("reject", State.AWAITING_APPROVAL): Event.REJECTED,
    ("reject", State.IN_PROGRESS): Event.REJECTED,
    ("reject", State.CLOSED): Event.REJECTED,
    ("reject", State.SOLUTION_PROPOSED): Event.PROPOSAL_REFUSED,
    ("choose", State.SOLUTION_PROPOSED): Event.OPTION_CHOSEN,
    **{("withdraw", state): Event.WITHDRAWN for state in OPEN_STATES},
}
# Tasks that only asked for this decision.
_ENDED: Final = ("read_reply", "disputed_closing")
POSSIBLE_DECISIONS: Final = tuple(_DECISIONS)
DECISIONS: Final = tuple(dict.fromkeys(kind for kind, _ in _DECISIONS))
"""Approve, reject, choose, withdraw."""


def decide(h: Happening, number: str, decision: Decision) -> str:
    """Enter the customer's decision by hand, with the reason; return the state afterwards.

    The latest mail is the evidence, and the tasks to read that mail end with it.
    """
    if not decision.why.strip():
        raise BadInput("a decision needs a reason", mend="--why TEXT")
    case = casefile.locked(h.book, number)
    event = _DECISIONS.get((decision.kind, State(case.state)))
    if event is None:
        kinds = [kind for kind, state in _DECISIONS if state == case.state]
        raise IllegalStep(
            f"{case.number} is {case.state}: nobody can {decision.kind} anything in it",
            mend=f"possible now: {', '.join(kinds) or 'no decision'}",
        )
    _check_option(h, case, decision)
    message_id = casefile.latest_mail(h.book.tx, case.id)
    reason = f"{decision.option}: {decision.why}" if decision.option else decision.why
    _note(h, case, decision, message_id)
    resume_clocks(h, case.id, h.at)
    after = take_step(h, case, event, Because(h.at, message_id, reason))
    if event in AGREES:
        proposal, option = _proposal(h, case), decision.option
        note_agreement(
            h,
            case,
            proposal,
            option,
            said=reason,
            message_id=message_id,
            event=event,
            by_mail=False,
        )
    _end_reading_tasks(h, case, f"decided: {decision.kind}")
    return after.state


def _check_option(h: Happening, case: Case, decision: Decision) -> None:
    if decision.kind != "choose":
        return
    proposal = _proposal(h, case)
    options = offered(proposal) if proposal else ()
    if decision.option not in options:
        raise BadInput(
            f"option {decision.option or 'nothing'} was not offered in {case.number}",
            mend=f"--option {' or '.join(options)}",
        )


def _proposal(h: Happening, case: Case) -> Letter | None:
    """The latest proposal: results that were queued meanwhile ask something else."""
    known = lookup.Known()
    lookup.read_cases(h.book.tx, [case.id], known)
    return next((one for one in reversed(known.letters[case.id]) if one.asks == "proposal"), None)


def _note(h: Happening, case: Case, decision: Decision, message_id: int | None) -> None:
    """R-46: the decision with its reason, beside the answers that acted by themselves."""
    h.record(
        case.id,
        "decided",
        Insert(
            tables.answers,
            {
                "id": h.new_id(),
                "case_id": case.id,
                "message_id": message_id,
                "verdict": decision.kind,
                "option": decision.option,
                "phrase": decision.why,
                "rule": "decided by a person",
                "certain": True,
                "acted": True,
                "authority": h.actor,
            },
        ),
    )


def _end_reading_tasks(h: Happening, case: Case, how: str) -> None:
    values = {"resolved_at": h.at, "resolved_by": h.actor, "resolution": how}
    open_ones = [one for kind in _ENDED for one in casefile.open_tasks(h.book.tx, case.id, kind)]
    if open_ones:
        changes = (Update(tables.tasks, one.id, values) for one in open_ones)
        h.record(case.id, "tasks_resolved", *changes)
