"""A frozen letter is written into the outbox, one delivery a recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.freezing import Copy, Frozen
from service.wiring import Happening
from storage import tables
from storage.book import Insert, Update


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
