"""R-31: a manager writes down a complaint that came by phone; it is a case like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.errors import BadInput
from service.contacts import contact_for
from service.opening import Opening, open_case
from service.telling import call_off
from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case, Contact


@dataclass(frozen=True, slots=True)
class Call:
    """What was said, by whom, and when it was received (aware)."""

    mailbox: str
    address: str
    name: str
    subject: str
    text: str
    received_at: datetime
    language: str = ""
    goods_why: str = ""  # why no goods in production or shipped are concerned; "": they are


def register_call(h: Happening, call: Call) -> str:
    """Register a case for the caller; return its number. The clock began with the call (R-1)."""
    for name in ("subject", "text"):
        if not getattr(call, name).strip():
            raise BadInput(f"a complaint needs a {name}", mend="write what the customer said")
    if call.received_at > h.at:
        raise BadInput("a call cannot have been received in the future", mend="correct the time")
    contact = contact_for(h, call.address, call.name)
    message_id = h.new_id()
    case = open_case(
        h,
        Opening(
            mailbox=h.wiring.mailbox(call.mailbox).name,
            subject=call.subject,
            language=h.wiring.language_of(call.mailbox, call.language, contact.language),
            arrived_at=call.received_at,
            contact=contact,
            letter="acknowledgment",
            message_id=message_id,
            language_chosen=bool(call.language),
        ),
    )
    h.record(case.id, "call_noted", _message(case, message_id, call, contact))
    if call.goods_why.strip():
        h.book.flush()
        call_off(h, case.number, "containment", call.goods_why)
    return case.number


def _message(case: Case, message_id: int, call: Call, contact: Contact) -> Insert:
    row: dict[str, Any] = {
        "id": message_id,
        "case_id": case.id,
        "direction": "in",
        "mailbox": case.mailbox,
        "kind": "complaint",
        "reason": "phone",
        "from_address": contact.address,
        "from_name": contact.name,
        "proven_sender": False,  # a colleague wrote it down
        "third_party": False,
        "recipients": {},
        "subject": call.subject,
        "reference_ids": [],
        "arrived_at": call.received_at,
        "language": case.language,
        "defects": [],
        "text": call.text,
        "new_text": call.text,
    }
    return Insert(tables.messages, row)
