"""A letter gets its bytes: rendered, composed, frozen, one copy and its tokens a recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from config.settings import Mailbox
from mailer.addresses import plus
from mailer.compose import Attachment, Outgoing, compose, shown, thread_subject
from mailer.templates import Words
from service.found import ASKED_FOR
from service.judge import token_hash
from service.one_click import one_click
from service.sender import REPEATS_NOTHING
from service.terms import terms_in, zone_of
from service.wiring import Happening, Wiring
from storage import casefile, people, tables
from storage.book import Insert, Update
from storage.database import Connection
from storage.evidence import Raw, raw
from storage.records import Case, Letter, User

# reliability.md 6 D: an answer token lives 30 days or until the next letter that asks.
ANSWER_DAYS: Final = 30
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


@dataclass(frozen=True, slots=True)
class Copy:
    """One recipient's copy, with the tokens that only this copy carries."""

    delivery_id: int
    recipient: Mapping[str, Any]
    raw: Raw
    shown: tuple[str, str]  # text and HTML
    envelope_sender: str
    own_copy: str | None
    tokens: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A letter whose bytes will not change any more."""

    letter: Letter
    words: Words
    message_id: str
    subject: str
    copies: tuple[Copy, ...]
    mailbox: str


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


def freeze(
    w: Wiring,
    letter: Letter,
    setting: Setting,
    at: datetime,
    attachments: Sequence[Attachment] = (),
) -> Frozen:
    """Render the letter and compose every copy. Raises BadInput; changes nothing."""
    words = w.letters_of(setting.mailbox).render(letter.template, letter.language, setting.facts)
    box = w.mailbox(setting.mailbox)
    domain = box.address.rpartition("@")[2]
    about, subject = "own", words.subject
    if setting.case is not None:
        about = setting.case.number.lower()
        subject = thread_subject(
            setting.customer_subject, setting.case.number, words.subject, former=setting.former
        )
    message_id = f"<{w.chance.token()}.{about}@{domain}>"
    copies = tuple(
        _copy(w, box, letter, setting, words, message_id, subject, recipient, at, attachments)
        for recipient in letter.recipients
    )
    return Frozen(letter, words, message_id, subject, copies, setting.mailbox)


def _copy(
    w: Wiring,
    box: Mailbox,
    letter: Letter,
    setting: Setting,
    words: Words,
    message_id: str,
    subject: str,
    recipient: Mapping[str, Any],
    at: datetime,
    attachments: Sequence[Attachment],
) -> Copy:
    # Only the copy to the contact can answer; others carry a plain reply token (Authority).
    asks = (words.asks or letter.asks) is not None and recipient["to_contact"]
    reply, bounce = w.chance.token(), w.chance.token()
    # Without a case there is none that a token could name.
    plus_addressing = box.plus_addressing and setting.case is not None
    sender = setting.manager_name or box.sender_name or w.settings.company.name
    outgoing = Outgoing(
        sender=(sender, box.address),
        to=_seen_by_all(letter, "to"),
        cc=_seen_by_all(letter, "cc"),
        subject=subject,
        message_id=message_id,
        date=at,
        text=words.text,
        html=words.html,
        language=words.language,
        automatic=letter.automatic,
        installation=w.installation,
        reply_to=plus(box.address, reply) if plus_addressing else None,
        in_reply_to=setting.in_reply_to,
        references=setting.references,
        token_line=f"Ref: {reply}" if setting.case else None,
        attachments=tuple(attachments),
        **(
            one_click(w, box, letter, words, setting.case.number, reply)
            if asks and setting.case
            else {}
        ),
    )
    delivery_id = w.ids.next()
    purposes = {reply: "answer" if asks else "reply", bounce: "bounce"}
    own_copy = None
    if w.settings.outbox.bcc_own:
        back = w.chance.token()
        purposes[back] = "bcc"
        own_copy = plus(box.address, back) if plus_addressing else box.address
    return Copy(
        delivery_id,
        recipient,
        raw(compose(outgoing)),
        shown(outgoing),
        plus(box.address, bounce) if plus_addressing else box.address,
        own_copy,
        tuple(
            _token(letter, delivery_id, token, purpose, recipient["address"], at)
            for token, purpose in purposes.items()
            if setting.case is not None
        ),
    )


def _seen_by_all(letter: Letter, role: str) -> tuple[tuple[str, str], ...]:
    return tuple((r["name"], r["address"]) for r in letter.recipients if r["role"] == role)


def _token(
    letter: Letter, delivery_id: int, token: str, purpose: str, recipient: str, at: datetime
) -> dict[str, Any]:
    ends = {"answer": ANSWER_DAYS, "bounce": ANSWER_DAYS, "bcc": ANSWER_DAYS}
    return {
        "sha256": token_hash(token),
        "case_id": letter.case_id,
        "letter_id": letter.id,
        "delivery_id": delivery_id,
        "purpose": purpose,
        "recipient": recipient,
        "created_at": at,
        "expires_at": at + timedelta(days=ends[purpose]) if purpose in ends else None,
    }


def queue(
    h: Happening,
    frozen: Frozen,
    *,
    is_new: bool,
    row: Mapping[str, Any],
    leaves_at: datetime | None = None,
) -> None:
    """Write the frozen letter with its deliveries; it leaves at once, or at `leaves_at`."""
    letter, words = frozen.letter, frozen.words
    h.wiring.evidence.keep(h.book.tx, [copy.raw for copy in frozen.copies], h.at)
    values = {
        "state": "queued",
        "language": words.language,
        "asks": words.asks or letter.asks,
        "event": words.event,
        "stops": list(words.stops),
        "message_id": frozen.message_id,
        "subject": frozen.subject,
        "composed_at": h.at,
    }
    change = (
        Insert(tables.letters, {**row, **values})
        if is_new
        else Update(tables.letters, letter.id, values)
    )
    h.record(
        letter.case_id,
        "letter_queued",
        change,
        _message(h, frozen),
        *(_delivery(h, frozen, copy, leaves_at or h.at) for copy in frozen.copies),
    )
    h.book.aside(*(Insert(tables.tokens, t) for copy in frozen.copies for t in copy.tokens))


def _delivery(h: Happening, frozen: Frozen, copy: Copy, leaves_at: datetime) -> Insert:
    letter = frozen.letter
    # Brakes are for customers: what own people are told uses nothing of them up.
    braked = letter.automatic and frozen.words.audience == "customer"
    return Insert(
        tables.deliveries,
        {
            "id": copy.delivery_id,
            "letter_id": letter.id,
            "case_id": letter.case_id,
            "role": copy.recipient["role"],
            "address": copy.recipient["address"],
            "name": copy.recipient["name"],
            "to_contact": copy.recipient["to_contact"],
            "envelope_sender": copy.envelope_sender,
            "own_copy": copy.own_copy,
            "raw_sha256": copy.raw.sha256,
            "state": "queued",
            "copies": 0,
            "attempts": 0,
            "next_attempt_at": leaves_at,
            "braked_at": h.at if braked else None,
            "domain": copy.recipient["address"].rpartition("@")[2] if braked else None,
            "fence": 0,
        },
    )


def _message(h: Happening, frozen: Frozen) -> Insert:
    """The letter as part of the correspondence."""
    letter, first = frozen.letter, frozen.copies[0]
    people: Sequence[Mapping[str, Any]] = letter.recipients
    return Insert(
        tables.messages,
        {
            "id": h.new_id(),
            "case_id": letter.case_id,
            "letter_id": letter.id,
            "direction": "out",
            "mailbox": frozen.mailbox,
            "raw_sha256": first.raw.sha256,
            "kind": "letter",
            "reason": letter.template,
            "proven_sender": True,
            "third_party": False,
            "recipients": {
                role: [[r["name"], r["address"]] for r in people if r["role"] == role]
                for role in ("to", "cc")
            },
            "subject": frozen.subject,
            "message_id": frozen.message_id,
            "reference_ids": [],
            "written_at": h.at,
            "arrived_at": h.at,
            "language": frozen.words.language,
            "defects": [],
            "text": frozen.words.text,
            "new_text": frozen.words.text,
        },
    )
