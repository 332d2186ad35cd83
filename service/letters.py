"""What is to be said: letters that the service promises, and those that a manager writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case, Contact


def promise(
    h: Happening,
    case: Case,
    contact: Contact,
    template: str,
    *,
    answers: int | None,
    facts: Mapping[str, Any] | None = None,
    released: bool = False,
) -> None:
    """A letter that must leave, whatever happens next. Its bytes are made later.

    One promise a case, template and cause, by a unique key: it cannot be made twice. `released`: a
    person wants it, and no brake holds it.
    """
    letter = letter_row(h.new_id(), case, contact, template, actor=h.actor, at=h.at, facts=facts)
    letter |= {"automatic": True, "answers_message_id": answers}
    letter["promise_key"] = f"{case.id}:{template}:{answers}"
    if released:
        letter["released_at"] = h.at
    if h.hold:
        letter |= {"state": "held", "hold_reason": h.hold}
    h.record(case.id, "letter_promised", Insert(tables.letters, letter))


def promise_internal(
    h: Happening,
    case: Case,
    reader: tuple[str, str],
    template: str,
    *,
    cause: str,
    facts: Mapping[str, Any],
    answers: int | None = None,
) -> None:
    """A letter to somebody of the company (name, address): no customer sees it, no clock stops.

    One promise a case, template, cause and reader.
    """
    name, address = reader
    nobody = Contact(0, 0, address, name, None)
    told = {"reader": {"name": name}, **facts}
    row = letter_row(h.new_id(), case, nobody, template, actor=h.actor, at=h.at, facts=told)
    recipient: dict[str, Any] = {**row["recipients"][0], "to_contact": False}
    row |= {
        "automatic": True,
        "language": h.wiring.settings.company.language,
        "recipients": [recipient],
        "answers_message_id": answers,
        "promise_key": internal_key(case, template, cause, address),
    }
    h.record(case.id, "letter_promised", Insert(tables.letters, row))


def internal_key(case: Case, template: str, cause: str, address: str) -> str:
    """What makes a letter inside the company the same letter."""
    return f"{case.id}:{template}:{cause}:{address}"


def letter_row(
    letter_id: int,
    case: Case,
    contact: Contact,
    template: str,
    *,
    actor: str,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A letter to the case's contact, as it stands before it has bytes."""
    return {
        "id": letter_id,
        "case_id": case.id,
        "promise_key": None,
        "template": template,
        "language": case.language,
        "state": "promised",
        "automatic": False,
        "actor": actor,
        "answers_message_id": None,
        "recipients": [
            {"role": "to", "name": contact.name, "address": contact.address, "to_contact": True}
        ],
        "facts": dict(facts or {}),
        "stops": [],
        "created_at": at,
    }
