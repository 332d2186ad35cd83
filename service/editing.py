"""A person changes facts of a case: who manages it, its fields and lines, a step by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cases.errors import BadInput, IllegalStep
from cases.lifecycle import Event, Standing, possible, step
from service.assigning import tell_manager
from service.people import acting
from service.recomputing import recompute
from service.steps import Because, standing, take_step
from service.wiring import Happening, Wiring
from storage import casefile, tables
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


def assign(h: Happening, number: str, to: str) -> None:
    """Make somebody the case's manager (R-32)."""
    manager = acting(h.book.tx, to, "letter")  # who cannot write letters cannot manage a case
    case = casefile.locked(h.book, number)
    values = {"manager": manager.name, "assigned_why": f"by {h.actor}"}
    h.record(case.id, "assigned", Update(tables.cases, case.id, values))
    if case.manager != manager.name:
        every = casefile.running_clocks(h.book.tx, case.id)
        clocks = [{"name": one.name, "due_at": one.due_at} for one in every]
        told = replace(case, manager=manager.name)
        tell_manager(h, told, clocks, cause=f"assigned:{h.new_id()}")


def set_case(
    h: Happening,
    number: str,
    values: Mapping[str, str],
    *,
    line: int | None = None,
    why: str = "",
) -> None:
    """Set fields of the case or of one of its lines; a set line counts as confirmed (R-27)."""
    fields = CASE_FIELDS if line is None else LINE_FIELDS
    state = values.get("state") if line is None else None
    typed = {
        name: _typed(fields, name, text)
        for name, text in values.items()
        if not (line is None and name == "state")
    }
    case = casefile.locked(h.book, number)
    _check_words(h.wiring, typed)
    if line is not None:
        confirmed_by = h.actor.removeprefix("user:")
        _set_line(h, case, line, {**typed, "confirmed_by": confirmed_by})
    elif typed:
        h.record(case.id, "fields_set", Update(tables.cases, case.id, typed))
        if typed.keys() & {"priority", "formal"}:  # warned earlier
            recompute(h, case.id, "the case is expedited, or is it no more")
    if state is not None:
        _set_state(h, case, state, why.strip())


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
    if not (amount.is_finite() and 0 <= amount < _MOST and amount.as_tuple().exponent >= -6):  # type: ignore[operator]  # finite, so a number
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


def _set_state(h: Happening, case: Case, wanted: str, why: str) -> None:
    now = standing(h.wiring, case, h.at)
    ways = {
        event: step_to
        for event in STATE_EVENTS
        if event in possible(now)
        for step_to in (_end_of(now, event),)
    }
    for event, state in ways.items():
        if state == wanted:
            if event is Event.REOPENED and not why:
                raise BadInput(f"to re-open {case.number} needs a reason", mend="--why TEXT")
            take_step(h, case, event, Because(h.at, None, why or f"set by {h.actor}"))
            if why:
                _note_reason(h, case, why)
            return
    raise IllegalStep(
        f"{case.number} is {case.state} and cannot be set to {wanted}",
        mend=f"possible now: {', '.join(sorted(ways.values())) or 'nothing'}",
    )


def _note_reason(h: Happening, case: Case, why: str) -> None:
    h.record(case.id, "reason_given", Update(tables.cases, case.id, {"remark": why}))


def states_by_hand(w: Wiring, case: Case) -> tuple[str, ...]:
    """The states to which a person can set the case now."""
    now = standing(w, case, w.now())
    ways = (_end_of(now, event) for event in STATE_EVENTS if event in possible(now))
    return tuple(dict.fromkeys(ways))


def _end_of(now: Standing, event: Event) -> str:
    return step(now, event).state.value
