"""What reading and screening a mail found, as `amends parse` prints it: plain values for JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from intake.errors import Unreadable
from intake.facts.find import Fact, Facts, find
from intake.kinds import bounce
from intake.kinds.screen import OwnAddresses, screen
from intake.mail import Address, Attachment, Forwarded, Kind, Mail
from intake.parse import bare, read
from intake.reply.forwarded import original


def report(name: str, raw: bytes, own: OwnAddresses) -> dict[str, Any]:
    """The contract's fields for the mail `raw`, called `name`. Never raises for what is in it."""
    try:
        mail = read(raw)
        return told(name, mail, screen(mail, own).kind, find(mail, own.numbers))
    except Unreadable as error:
        reason = error.what
    except Exception as error:  # noqa: BLE001 - one object a line, whatever the mail does to us
        reason = f"the mail cannot be read: {type(error).__name__}"
    mail = bare(raw, hashlib.sha256(raw).hexdigest())
    return told(name, replace(mail, defects=(*mail.defects, reason)), "unreadable", Facts())


def told(name: str, mail: Mail, kind: Kind, facts: Facts) -> dict[str, Any]:
    """The contract's fields for a mail that is read and screened."""
    found = {"file": name, "sha256": mail.sha256, "kind": kind}
    found |= {**_head(mail), **_content(mail, facts)}
    if kind == "bounce":  # it sends back and passes nothing on
        return found | {"bounce": _bounce(mail), "forwarded": None}
    return found


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


def _content(mail: Mail, facts: Facts) -> dict[str, Any]:
    return {
        "text": mail.text,
        "new_text": mail.new_text,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "attachments": [_attachment(one) for one in mail.attachments],
        "forwarded": _forwarded(mail.forwarded) if mail.forwarded else None,
        # What reading does not understand yet has its place already: scripts rest on the names.
        "bounce": None,
        **_facts(facts),
        "answer": None,
        "defects": list(mail.defects),
    }


def _facts(found: Facts) -> dict[str, Any]:
    """`facts`: those of the case and of its first line; `lines`: each line's own."""
    lines = [_values(one) for one in found.lines]
    return {"facts": {**(lines[0] if lines else {}), **_values(found.of_case)}, "lines": lines}


def _values(facts: Mapping[str, Fact]) -> dict[str, dict[str, str]]:
    return {name: {"value": one.value, "line": one.line} for name, one in facts.items()}


def _bounce(mail: Mail) -> dict[str, list[dict[str, str]]]:
    """Whom the letter did not reach, or not yet; "" for what is not told."""
    return {
        "recipients": [
            {"address": one.address, "status": one.status, "action": one.action}
            for one in bounce.recipients(mail)
        ]
    }


def _forwarded(found: Forwarded) -> dict[str, Any]:
    """Of a chain the mail at its end; `by` is who sent it to us."""
    first = original(found)
    return {
        "from": _address(first.from_) if first.from_ else None,
        "date": first.date.isoformat() if first.date else None,
        "by": _address(found.by) if found.by else None,
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
        "part": one.part,
        "sniffed": one.sniffed,
    }
