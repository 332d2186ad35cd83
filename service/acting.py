"""A person acts on a case: the desk and the command line are two doors to these functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cases.errors import BadInput, IllegalStep
from cases.lifecycle import OPEN_STATES, Event, Standing, State, possible, step
from service import journal
from service.answering import offered
from service.people import acting
from service.steps import Because, standing, take_step
from service.wiring import Happening, Wiring
from storage import casefile, lookup, tables
from storage.book import Insert, Update
from storage.records import Case

# What `case set` may change, and of which kind it is. Everything else changes by an act of its own.
CASE_FIELDS: Final[Mapping[str, type]] = {
    "subject": str,
    "language": str,
    "customer_reference": str,
    "order_value": Decimal,
    "currency": str,
    "responsible_party": str,
    "reason_internal": str,
    "customer_satisfaction": str,
    "sales_comment": str,
    "remark": str,
    "priority": bool,
    "formal": bool,
}
LINE_FIELDS: Final[Mapping[str, type]] = {
    "po_pi_no": str,
    "part_name": str,
    "part_number": str,
    "drawing_revision": str,
    "lot": str,
    "quantity_delivered": Decimal,
    "quantity_complained": Decimal,
    "reason_internal": str,
    "reason_customer": str,
    "compensation_amount": Decimal,
    "currency": str,
}
# The steps that a person takes by setting the state; all others follow from mails or decisions.
STATE_EVENTS: Final = (
    Event.ANALYSIS_STARTED,
    Event.WORK_STARTED,
    Event.MORE_ASKED,
    Event.REOPENED,
)
_TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}
_NEVER_EMPTY: Final = frozenset({"subject", "language", "priority", "formal"})
_CURRENCY: Final = re.compile(r"[A-Z]{3}")  # ISO 4217
_MOST: Final = Decimal(10) ** 15


def assign(w: Wiring, number: str, to: str, user: str) -> None:
    """Make somebody the case's manager (R-32)."""
    with w.happening(f"user:{user}", "act:assign") as h:
        acting(h.book.tx, user, "assign")
        manager = acting(h.book.tx, to, "letter")  # who cannot write letters cannot manage a case
        case = casefile.locked(h.book, number)
        h.record(case.id, "assigned", Update(tables.cases, case.id, {"manager": manager.name}))
    journal.say("case_assigned", case=number, to=to)


def set_case(
    w: Wiring, number: str, values: Mapping[str, str], user: str, *, line: int | None = None
) -> None:
    """Set fields of the case or of one of its lines; a set line counts as confirmed (R-27)."""
    fields = CASE_FIELDS if line is None else LINE_FIELDS
    state = values.get("state") if line is None else None
    typed = {
        name: _typed(fields, name, text)
        for name, text in values.items()
        if not (line is None and name == "state")
    }
    with w.happening(f"user:{user}", "act:set") as h:
        acting(h.book.tx, user, "set")
        case = casefile.locked(h.book, number)
        _check_words(w, typed)
        if line is not None:
            _set_line(h, case, line, {**typed, "confirmed_by": user})
        elif typed:
            h.record(case.id, "fields_set", Update(tables.cases, case.id, typed))
        if state is not None:
            _set_state(h, case, state, user)
    journal.say("case_set", case=number, fields=",".join(sorted(values)))


def _check_words(w: Wiring, typed: Mapping[str, Any]) -> None:
    currency = typed.get("currency")
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise BadInput(f"currency cannot be {currency!r}", mend="write three letters, as in USD")
    lists = {
        "responsible_party": w.settings.company.responsible_parties,
        "language": w.settings.company.languages,
    }
    for name, allowed in lists.items():
        if typed.get(name) is not None and typed[name] not in allowed:
            raise BadInput(
                f"{name} cannot be {typed[name]!r}", mend=f"use one of {', '.join(allowed)}"
            )


def _typed(fields: Mapping[str, type], name: str, text: str) -> Any:
    if name not in fields:
        raise BadInput(f"{name} cannot be set", mend=f"fields are: {', '.join(fields)}")
    if text == "":
        if name in _NEVER_EMPTY:
            raise BadInput(f"{name} cannot be empty", mend=f"write {name}=VALUE")
        return None
    try:
        return _OF_TEXT[fields[name]](text)
    except (KeyError, InvalidOperation) as error:
        kind = "yes or no" if fields[name] is bool else "a number, 0 or more, as in 1250.50"
        raise BadInput(f"{name} cannot be {text!r}", mend=f"write {kind}") from error


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    # Money and pieces: NaN and 1e99999 are numbers for a computer only.
    if not (amount.is_finite() and 0 <= amount < _MOST and amount.as_tuple().exponent >= -6):  # type: ignore[operator]
        raise InvalidOperation(text)
    return amount


_OF_TEXT: Final[Mapping[type, Callable[[str], Any]]] = {
    str: str,
    bool: lambda text: _TRUTH[text.lower()],
    Decimal: _amount,
}


def _set_line(h: Happening, case: Case, position: int, values: dict[str, Any]) -> None:
    ids = {line["position"]: line["id"] for line in casefile.lines(h.book.tx, case.id)}
    if position in ids:
        h.record(case.id, "line_set", Update(tables.lines, ids[position], values))
    elif position == len(ids) + 1:
        row = {"id": h.new_id(), "case_id": case.id, "position": position, **values}
        h.record(case.id, "line_added", Insert(tables.lines, row))
    else:
        raise BadInput(
            f"{case.number} has {len(ids)} lines, so there is no line {position}",
            mend=f"the next new line is {len(ids) + 1}",
        )


def _set_state(h: Happening, case: Case, wanted: str, user: str) -> None:
    now = standing(h.wiring, case, h.at)
    ways = {
        event: step_to
        for event in STATE_EVENTS
        if event in possible(now)
        for step_to in (_end_of(now, event),)
    }
    for event, state in ways.items():
        if state == wanted:
            take_step(h, case, event, Because(h.at, None, f"set by {user}"))
            return
    raise IllegalStep(
        f"{case.number} is {case.state} and cannot be set to {wanted}",
        mend=f"possible now: {', '.join(sorted(ways.values())) or 'nothing'}",
    )


def states_by_hand(w: Wiring, case: Case) -> tuple[str, ...]:
    """The states to which a person can set the case now."""
    now = standing(w, case, w.now())
    ways = (_end_of(now, event) for event in STATE_EVENTS if event in possible(now))
    return tuple(dict.fromkeys(ways))


def _end_of(now: Standing, event: Event) -> str:
    return step(now, event).state.value


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
POSSIBLE_DECISIONS: Final = tuple(_DECISIONS)
DECISIONS: Final = tuple(dict.fromkeys(kind for kind, _ in _DECISIONS))
"""Approve, reject, choose, withdraw."""


def decide(w: Wiring, number: str, decision: Decision, user: str) -> str:
    """Enter the customer's decision by hand, with the reason; return the state afterwards."""
    with w.happening(f"user:{user}", f"act:{decision.kind}") as h:
        acting(h.book.tx, user, "decide")
        state = enter_decision(h, number, decision)
    journal.say("case_decided", case=number, decision=decision.kind, state=state)
    return state


def enter_decision(h: Happening, number: str, decision: Decision) -> str:
    """The customer's latest mail is the evidence, and the tasks to read that mail end with it."""
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
    after = take_step(h, case, event, Because(h.at, message_id, reason))
    _end_reading_tasks(h, case, f"decided: {decision.kind}")
    return after.state


def _check_option(h: Happening, case: Case, decision: Decision) -> None:
    if decision.kind != "choose":
        return
    known = lookup.Known()
    lookup.read_cases(h.book.tx, [case.id], known)
    # The latest proposal: results that were queued meanwhile ask something else.
    options = [offered(letter) for letter in known.letters[case.id] if letter.asks == "proposal"]
    if not options or decision.option not in options[-1]:
        raise BadInput(
            f"option {decision.option or 'nothing'} was not offered in {case.number}",
            mend=f"--option {' or '.join(options[-1] if options else ())}",
        )


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
    open_ones = casefile.open_tasks(h.book.tx, case.id, "read_reply")
    if open_ones:
        changes = (Update(tables.tasks, one.id, values) for one in open_ones)
        h.record(case.id, "tasks_resolved", *changes)
