"""What is to be said: letters that the service promises, and those that a manager writes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from service.wiring import Happening
from storage import casefile, tables
from storage.book import Insert
from storage.records import Case, Contact

_KEY: Final = 120


def promise(
    h: Happening,
    case: Case,
    contact: Contact,
    template: str,
    *,
    answers: int | None,
    facts: Mapping[str, Any] | None = None,
    released: bool = False,
    cause: str = "",
    asks: str | None = None,
) -> None:
    """A letter that must leave, whatever happens next. Its bytes are made later.

    One promise a case, template and cause (else the mail that it answers), by a unique key: it
    cannot be made twice. `released`: a person wants it, and no brake holds it. `asks`: what its
    answer is read as an answer to, where the template does not say so.
    """
    letter = letter_row(h.new_id(), case, contact, template, actor=h.actor, at=h.at, facts=facts)
    letter |= {"automatic": True, "answers_message_id": answers, "asks": asks}
    letter["promise_key"] = promise_key(f"{case.id}:{template}:{cause or answers}")
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

    One promise a case, template, cause and reader: told already, it is not told again.
    """
    name, address = reader
    nobody = Contact(0, 0, address, name, None)
    key = internal_key(case, template, cause, address)
    if casefile.is_promised(h.book.tx, key):
        return
    told = {"reader": {"name": name}, **facts}
    row = letter_row(h.new_id(), case, nobody, template, actor=h.actor, at=h.at, facts=told)
    recipient: dict[str, Any] = {**row["recipients"][0], "to_contact": False}
    row |= {
        "automatic": True,
        "language": h.wiring.settings.company.language,
        "recipients": [recipient],
        "answers_message_id": answers,
        "promise_key": key,
    }
    h.record(case.id, "letter_promised", Insert(tables.letters, row))


def internal_key(case: Case, template: str, cause: str, address: str) -> str:
    """The promise that somebody of the company hears of this, once."""
    return promise_key(f"{case.id}:{template}:{cause}:{address}")


def promise_key(words: str) -> str:
    """One promise, one letter. What is too long for the column is told apart by its hash."""
    return words if len(words) <= _KEY else hashlib.sha256(words.encode()).hexdigest()


def letter_row(
    letter_id: int,
    case: Case | None,
    contact: Contact,
    template: str,
    *,
    actor: str,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    language: str = "",
) -> dict[str, Any]:
    """A letter to this contact, as it stands before it has bytes; in the case's language."""
    return {
        "id": letter_id,
        "case_id": case.id if case else None,
        "promise_key": None,
        "template": template,
        "language": case.language if case else language,
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
