"""What was agreed is kept: the solution, who bears its cost, and the mail that says so (R-24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cases.lifecycle import Event
from service.letters import promise
from service.tasks import open_task
from service.terms import terms_of
from service.wiring import Happening
from storage import people, tables
from storage.book import Insert, Update
from storage.changes import Change
from storage.records import Case, Letter

AGREES: Final = (Event.OPTION_CHOSEN, Event.PROPOSAL_ACCEPTED)
LETTER: Final = "solution_agreed"
SHARES: Final = ("company", "customer", "other")
_CARRIED_OUT_BY: Final = ("company", "customer", "supplier")
_WHOLE: Final = 100


def note_agreement(
    h: Happening,
    case: Case,
    letter: Letter | None,
    option: str | None,
    *,
    said: str,
    message_id: int | None,
    event: Event,
    by_mail: bool,
) -> None:
    """Store what was agreed, open the task that carries it out, and promise the letter that says
    it. The letter only where the mail itself agreed: a person may have agreed to a change."""
    chosen = _option(letter, option)
    text = str(chosen.get("text", "")).strip()
    shares = shares_of(chosen.get("cost_shares") or (letter.facts if letter else {}))
    kept: list[Change] = []
    if text:
        kept.append(Insert(tables.solutions, _solution(h, case, chosen, text, message_id)))
    if shares:
        about = {**shares, "message_id": str(message_id) if message_id else None}
        kept.append(Update(tables.cases, case.id, {"cost_shares": about}))
    if kept:
        h.record(case.id, "solution_agreed", *kept)
    if not by_mail:
        return
    leaves = bool(text) and _promise(h, case, chosen, text, shares, message_id)
    suggestion = {
        "option": option,
        "solution": text,
        "cost_shares": shares,
        "measure": {"kind": "correction", "text": text},
        "letter": None if leaves else LETTER,
    }
    why = f"the customer wrote: {said}"
    open_task(h, case.id, event.value, why, message_id=message_id, suggestion=suggestion)


def shares_of(facts: Mapping[str, Any]) -> dict[str, int | float] | None:
    """Who bears how much, in per cent, if that is said and makes a whole; else None."""
    given = facts.get("cost_shares", facts)
    if not isinstance(given, Mapping) or not any(name in given for name in SHARES):
        return None
    try:
        found = {name: Decimal(str(given.get(name, 0) or 0)) for name in SHARES}
    except InvalidOperation:
        return None
    if sum(found.values()) != _WHOLE or min(found.values()) < 0:
        return None
    return {
        name: int(share) if share == share.to_integral_value() else float(share)
        for name, share in found.items()
    }


def _option(letter: Letter | None, option: str | None) -> Mapping[str, Any]:
    asked = letter.facts if letter and letter.asks == "proposal" else {}
    options: Sequence[Mapping[str, Any]] = asked.get("options", ())
    if option is None:
        return options[0] if len(options) == 1 else {}
    return next((one for one in options if str(one.get("letter")) == option), {})


def _solution(
    h: Happening, case: Case, chosen: Mapping[str, Any], text: str, message_id: int | None
) -> dict[str, Any]:
    by = str(chosen.get("carried_out_by", ""))
    return {
        "id": h.new_id(),
        "case_id": case.id,
        "kind": str(chosen.get("kind") or "other")[:30],
        "carried_out_by": by if by in _CARRIED_OUT_BY else "company",
        "text_customer": text,
        "agreed_message_id": message_id,
    }


def _promise(
    h: Happening,
    case: Case,
    chosen: Mapping[str, Any],
    text: str,
    shares: Mapping[str, Any] | None,
    message_id: int | None,
) -> bool:
    """R-13: the customer reads what was agreed, if that is wanted of us."""
    terms = terms_of(h, case)
    wanted = terms.flag("automatic_mails") and LETTER in terms.many("status_mails")
    if case.contact_id is None or not wanted:
        return False
    facts: dict[str, Any] = {"solution": text}
    if shares:
        facts["cost_shares"] = dict(shares)
    if chosen.get("promised_date"):
        facts["promised_date"] = str(chosen["promised_date"])
    contact = people.contact(h.book.tx, case.contact_id)
    promise(h, case, contact, LETTER, answers=message_id, facts=facts)
    return True
