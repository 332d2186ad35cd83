"""A complaint becomes a case: number, first clock, acknowledgment promised (R-1, R-20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.lifecycle import State
from cases.numbers import format_number, number_year
from cases.terms import Terms
from service.assigning import choose, tell_manager
from service.clocks import ON_COMPLAINT, new_clock
from service.letters import promise
from service.own_system import ask_to_enter
from service.terms import nothing_agreed, terms_of_new
from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case, Contact


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new case begins with. `letter` None: no automatic answer leaves."""

    mailbox: str
    subject: str
    language: str
    arrived_at: datetime
    contact: Contact | None
    letter: str | None
    message_id: int | None
    predecessor: Case | None = None
    lines: Sequence[dict[str, Any]] = ()
    values: Mapping[str, Any] = field(default_factory=dict)  # what was read of the case's columns
    facts: Mapping[str, Any] | None = None
    clocks: Sequence[str] = ON_COMPLAINT
    language_chosen: bool = False  # by a person; terms do not change it


def open_case(h: Happening, opening: Opening) -> Case:
    """Register the case and start its clocks; promise the letter that stops the first."""
    terms = terms_of_new(h, opening.contact.customer_id if opening.contact else None)
    case = _case_row(h, opening, terms)
    rows = [Insert(tables.cases, case), *_line_rows(h, case["id"], opening.lines)]
    made = Case.of_values(case)
    nothing_agreed(h, case_id=made.id)
    clocks = [new_clock(h, made, name, opening.arrived_at, terms) for name in opening.clocks]
    h.record(case["id"], "registered", *rows, *clocks)
    ask_to_enter(h, made, terms)
    tell_manager(h, made, [one.values for one in clocks], cause="registered")
    if opening.letter and opening.contact:
        promise(
            h,
            made,
            opening.contact,
            opening.letter,
            answers=opening.message_id,
            facts=opening.facts,
        )
    return made


def _language(h: Happening, opening: Opening, terms: Terms) -> str:
    """R-11: as a person chose, else the contact's own, that of the terms, that of the mail."""
    own = opening.contact.language if opening.contact else None
    wanted = terms.text("language")
    settled = opening.language_chosen or own or opening.predecessor
    if settled or wanted not in h.wiring.settings.company.languages:
        return opening.language
    return wanted


def _case_row(h: Happening, opening: Opening, terms: Terms) -> dict[str, Any]:
    year = number_year(h.at, h.wiring.timezone)
    series = h.wiring.numbers_of(opening.mailbox)
    seq = h.book.number(series, year)
    before, contact = opening.predecessor, opening.contact
    # responsible at once; what is registered anew stays in the same hands.
    chosen = choose(
        h,
        opening.mailbox,
        contact.customer_id if contact else None,
        before.manager if before else None,
        opening.lines,
    )
    return {
        **opening.values,
        "id": h.new_id(),
        "number": format_number(series, year, seq),
        "series": series,
        "year": year,
        "seq": seq,
        "mailbox": opening.mailbox,
        "customer_id": contact.customer_id if contact else None,
        "contact_id": contact.id if contact else None,
        "state": State.REGISTERED.value,
        "round": 1,
        "subject": opening.subject,
        "language": _language(h, opening, terms),
        "manager": chosen.manager,
        "assigned_why": chosen.why,
        "priority": terms.flag("priority") or bool(before and before.priority),
        "formal": bool(
            terms.flag("formal") or (before and before.formal) or opening.values.get("formal")
        ),
        "arrived_at": opening.arrived_at,
        "registered_at": h.at,
        "look_at": h.at,
        "predecessor_id": before.id if before else None,
        # concerned until somebody says no.
        "goods_concerned": True if "containment" in opening.clocks else None,
    }


def _line_rows(h: Happening, case_id: int, lines: Sequence[dict[str, Any]]) -> list[Insert]:
    """R-23: a case has 1..n lines; the first is there from the start, to be filled in."""
    return [
        Insert(tables.lines, {**line, "id": h.new_id(), "case_id": case_id, "position": place})
        for place, line in enumerate(lines or ({},), start=1)
    ]
