"""A person lets the acknowledgment go that no rule sent by itself: one click (R-1)."""

from __future__ import annotations

from typing import Final

from cases.errors import BadInput
from service.letters import promise
from service.sender import addressee
from service.wiring import Happening
from storage import casefile, people, traffic

_LETTER: Final = "acknowledgment"


def acknowledge(h: Happening, number: str, message_id: int | None) -> None:
    """Promise the letter that stops R-1. No brake holds it: a person has looked."""
    case = casefile.locked(h.book, number)
    if case.contact_id is None:
        raise BadInput(
            f"nobody knows yet who the customer of {number} is",
            mend="register it for somebody; that acknowledges it",
        )
    if _LETTER in casefile.letter_templates(h.book.tx, case.id):
        raise BadInput(f"{number} was acknowledged already", mend="see its letters")
    found = traffic.authentication_of(h.book.tx, message_id) if message_id else {}
    passed = found.get("dmarc") == "pass" and not found.get("doubtful")
    contact, facts = addressee(people.contact(h.book.tx, case.contact_id), passed=passed)
    promise(h, case, contact, _LETTER, answers=message_id, facts=facts, released=True)
