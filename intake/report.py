"""What reading and screening a mail found, as `amends parse` prints it: plain values for JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from intake.errors import Unreadable
from intake.mail import Address, Attachment, Mail
from intake.parse import bare, read
from intake.screen import OwnAddresses, screen


def report(name: str, raw: bytes, own: OwnAddresses) -> dict[str, Any]:
    """The contract's fields for the mail `raw`, called `name`. Never raises for what is in it."""
    try:
        mail = read(raw)
        kind = screen(mail, own).kind
    except Unreadable as error:
        mail = bare(raw, hashlib.sha256(raw).hexdigest())
        mail = replace(mail, defects=(*mail.defects, error.what))
        kind = "unreadable"
    return {"file": name, "sha256": mail.sha256, "kind": kind, **_head(mail), **_content(mail)}


def _head(mail: Mail) -> dict[str, Any]:
    return {
        "from": _address(mail.from_) if mail.from_ else None,
        "proven_sender": mail.proven_sender,
        "to": _addresses(mail.to),
        "cc": _addresses(mail.cc),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "in_reply_to": next(iter(mail.in_reply_to), None),
        "references": list(mail.references),
        "language": mail.language,
    }


def _content(mail: Mail) -> dict[str, Any]:
    return {
        "text": mail.text,
        "new_text": mail.new_text,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "attachments": [_attachment(one) for one in mail.attachments],
        # What reading does not understand yet has its place already: scripts rest on the names.
        "forwarded": None,
        "bounce": None,
        "facts": {},
        "answer": None,
        "defects": list(mail.defects),
    }


def _address(one: Address) -> dict[str, str]:
    return {"name": one.name, "address": one.address}


def _addresses(every: Iterable[Address]) -> list[dict[str, str]]:
    return [_address(one) for one in every]


def _attachment(one: Attachment) -> dict[str, Any]:
    return {
        "name": one.name,
        "content_type": one.content_type,
        "size": one.size,
        "sha256": one.sha256,
        "inline": one.inline,
    }
