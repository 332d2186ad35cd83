"""What a letter says and refers to, from the case as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.found import ASKED_FOR
from service.sender import REPEATS_NOTHING
from service.terms import terms_in, zone_of
from service.wiring import Wiring
from storage import casefile, people
from storage.database import Connection
from storage.records import Case, Letter, User

# What a letter knows from the case; nobody may tell a customer otherwise.
OURS: Final = frozenset(
    {"case", "customer", "manager", "company", "mailbox", "deemed_accepted_days"}
)


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a letter says and refers to, read in one go. No case: it is about many."""

    case: Case | None
    mailbox: str
    facts: Mapping[str, Any]
    manager_name: str | None
    former: str | None
    customer_subject: str
    in_reply_to: str | None
    references: tuple[str, ...]


def setting(w: Wiring, connection: Connection, letter: Letter) -> Setting:
    """Read what a letter refers to: people, lines, and the mail it answers (R-34)."""
    if letter.case_id is None:
        return _about_many(w, letter)
    case = casefile.by_id(connection, letter.case_id)
    contact = people.contact(connection, case.contact_id) if case.contact_id else None
    manager = people.user(connection, case.manager) if case.manager else None
    answered = casefile.answered(connection, case.id, letter.answers_message_id)
    ids = tuple(answered.reference_ids) if answered else ()
    own = answered.message_id if answered else None
    company, box = w.settings.company, w.mailbox(case.mailbox)
    plain = REPEATS_NOTHING in letter.facts
    case_facts = _case_facts(w, connection, case)
    if plain:
        case_facts |= {"subject": "", "lines": [], "missing": []}
    facts = {
        "case": case_facts,
        "customer": {
            "name": "" if plain else people.customer_name(connection, case.customer_id),
            "contact_name": contact.name if contact and not plain else "",
        },
        "manager": _signed_by(manager) if manager else None,
        "company": {"name": company.name, "reopen_days": company.reopen_days},
        "mailbox": box.address,
        **letter.facts,
    }
    return Setting(
        case,
        case.mailbox,
        facts,
        manager.full_name if manager else None,
        case_facts["predecessor_number"],
        "" if plain else answered.subject if answered else case.subject,
        own,
        (*ids, own) if own else ids,
    )


def _about_many(w: Wiring, letter: Letter) -> Setting:
    """A letter to own people that belongs to no case: it comes from the first mailbox."""
    company, box = w.settings.company, w.settings.mailbox[0]
    facts = {
        "company": {"name": company.name, "reopen_days": company.reopen_days},
        "mailbox": box.address,
        **letter.facts,
    }
    return Setting(None, box.name, facts, None, None, "", None, ())


def _signed_by(manager: User) -> dict[str, str]:
    """R-34: who signs."""
    return {
        "name": manager.full_name,
        "phone": manager.phone,
        "title": manager.title,
        "signature": manager.signature,
    }


def _case_facts(w: Wiring, connection: Connection, case: Case) -> dict[str, Any]:
    before = case.predecessor_id
    lines = casefile.lines(connection, case.id)
    zone = zone_of(w, terms_in(w, connection, case))
    arrived = case.arrived_at.astimezone(ZoneInfo(zone))
    return {
        "number": case.number,
        "subject": case.subject,
        "arrived": f"{arrived:%Y-%m-%d %H:%M} ({zone})",
        "predecessor_number": casefile.by_id(connection, before).number if before else None,
        # only what the customer may read.
        "lines": [
            {
                "po_pi_no": line["po_pi_no"],
                "part_name": line["part_name"],
                "part_number": line["part_number"],
                "drawing_revision": line["drawing_revision"],
                "lot": line["lot"],
                "quantity_delivered": line["quantity_delivered"],
                "quantity_complained": line["quantity_complained"],
                "reason": line["reason_customer"],
            }
            for line in lines
        ],
        "missing": [name for name in ASKED_FOR if not any(line[name] for line in lines)],
    }
