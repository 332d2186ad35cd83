"""Mails attached to a mail: message/rfc822 byte for byte, Outlook items written out as mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from intake.attached import openers, outlook, sniff
from intake.attached.container import Head
from intake.mime import tree as mime
from intake.sender.addresses import addresses
from intake.text import header as text


@dataclass(frozen=True, slots=True)
class AttachedMail:
    """One of them. `raw`: its own bytes; of an Outlook item its head and words as a mail."""

    part: str
    head: Head
    raw: bytes = field(repr=False)


def attached_mails(tree: mime.Tree) -> Iterator[AttachedMail]:
    """The mails directly attached, in order; those inside of them are not looked for."""
    for leaf in tree.leaves():
        if leaf.content_type in openers.SHOWN or leaf.around == "report":
            continue
        raw = as_mail(leaf.data(), leaf.content_type, leaf.name)
        if raw is not None:
            yield AttachedMail(leaf.path, head(raw), raw)


def as_mail(data: bytes, content_type: str, name: str) -> bytes | None:
    """The bytes of a file as a mail; None for a file that is none."""
    if openers.is_mail(content_type, name, data):
        return data
    if data.startswith(sniff.COMPOUND) and openers.opener(content_type, name, data):
        return outlook.as_mail(outlook.open_(data))
    return None


def head(raw: bytes) -> Head:
    """Who wrote what to whom, and when, as the mail says itself."""
    tree = mime.parse(mime.head(raw))
    senders = addresses(tree.fields("from"))
    return Head(
        subject=text.field_text(next(iter(tree.fields("subject")), "")),
        name=senders[0].name if senders else "",
        address=senders[0].address if senders else "",
        to=", ".join(one.address for one in addresses(tree.fields("to"))),
        date=_moment(next(iter(tree.fields("date")), "")),
    )


def _moment(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
