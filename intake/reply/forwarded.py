"""Mails that somebody passes on: attached, or written into the text below a head (R-31).

Nothing here proves anything: who passes a mail on can write whatever he likes into it. `service`
believes a colleague whose own mail is proven, and nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

from intake.mail import Address, Forwarded, Mail
from intake.reply import shapes, written_dates
from intake.reply.heads import Head
from intake.reply.quotes import Beginning, Quotes

DEEPEST: Final = 5
_PREFIX: Final = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)*(\w[\w .-]{0,14}?)\s?(?:[\[(]\d{1,3}[\])])?\s*[:：]"
)
_FORWARD: Final = frozenset(map(shapes.folded, shapes.every("forward")))
_ANSWER: Final = frozenset(map(shapes.folded, shapes.every("answer")))
_NAMED: Final = re.compile(r"([^,<>\"'()]{1,80}?)[\"']?\s*[<(\[]\s*(?:mailto:)?$")
_MARK: Final = re.compile(r"\s{0,3}>\s?")


def find(mail: Mail, attached: Sequence[bytes], read: Callable[[bytes], Mail]) -> Forwarded | None:
    """What `mail` passes on. `read` reads an attached mail; what it cannot read it may raise."""
    if attached:
        return _attached(mail, read(attached[0]), alone=len(attached) == 1)
    if not mail.quoted:
        return None
    found = _inline(mail)
    return replace(found, by=mail.from_) if found else None


def subject_says(subject: str) -> str:
    """ "forward" or "answer" by what stands before the subject, else ""."""
    found = _PREFIX.match(subject)
    prefix = shapes.folded(found[1]) if found else ""
    return "forward" if prefix in _FORWARD else "answer" if prefix in _ANSWER else ""


def original(found: Forwarded) -> Forwarded:
    """The mail at the end of a chain of people who passed it on."""
    while found.below is not None and found.below.passed_on:
        found = found.below
    return found


def _attached(mail: Mail, inner: Mail, *, alone: bool) -> Forwarded:
    return Forwarded(
        from_=inner.from_,
        date=inner.date,
        received_at=_received(inner) or inner.date,
        by=mail.from_,
        subject=inner.subject,
        text=inner.text,
        attached=True,
        certain=alone and inner.proven_sender,
        passed_on=True,
        message_id=inner.message_id,
        references=(*inner.in_reply_to, *reversed(inner.references)),
        below=inner.forwarded,
    )


def _received(inner: Mail) -> datetime | None:
    """When the server of whoever passes it on had it: the newest Received field."""
    newest = next((value for name, value in inner.trace if name == "received"), "")
    try:
        found = parsedate_to_datetime(newest.rpartition(";")[2].strip())
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _inline(mail: Mail) -> Forwarded | None:
    lines = mail.text.splitlines()
    says = subject_says(mail.subject)
    quotes = Quotes(lines)
    begins = quotes.first()
    if begins is None and says == "forward":
        lines = [_MARK.sub("", line, count=1) for line in lines]
        quotes = Quotes(lines)
        begins = quotes.first()
    if begins is None:
        return None
    divided = shapes.divider(quotes.short[begins.first]) == "forwarded"
    bare = begins.first == quotes.full_from(0) and not (mail.in_reply_to or mail.references)
    if not divided and says != "forward" and (says == "answer" or not bare):
        return None
    found = _below(quotes, begins, mail, 0)
    return replace(found, certain=found.certain and (divided or says == "forward"))


def _below(quotes: Quotes, begins: Beginning, mail: Mail, depth: int) -> Forwarded:
    """The mail that begins there, with those below it."""
    sender, told, subject, end = _head(quotes, begins)
    address = _address(sender)
    zone = _zone(mail)
    date = written_dates.parse(told, zone, mail.date) if told else None
    lines = quotes.lines[end:]
    if all(line.lstrip()[:1] == ">" for line in lines if line.strip()):
        lines = [_MARK.sub("", line, count=1) for line in lines]
    return Forwarded(
        from_=address,
        date=date,
        received_at=date,
        by=None,
        subject=subject,
        text="\n".join(lines).strip("\n"),
        attached=False,
        certain=address is not None and bool(address.address),
        passed_on=True,
        below=_next(lines, mail, subject, depth + 1),
    )


def _next(lines: list[str], mail: Mail, subject: str, depth: int) -> Forwarded | None:
    """Who passes a mail on often passes on what it answered, too."""
    if depth >= DEEPEST:
        return None
    quotes = Quotes(lines)
    begins = quotes.first()
    if begins is None:
        return None
    divided = shapes.divider(quotes.short[begins.first]) == "forwarded"
    found = _below(quotes, begins, mail, depth)
    return replace(found, passed_on=divided or subject_says(subject) == "forward")


def _head(quotes: Quotes, begins: Beginning) -> tuple[str, str, str, int]:
    """Sender, date and subject as written, and the line after them."""
    for at in range(begins.first, min(begins.end + 1, len(quotes.short))):
        if quotes.short[at] and shapes.label(quotes.short[at]):
            head = Head(quotes.short, at)
            values = (head.values.get(role, "") for role in ("sender", "date", "subject"))
            sender, told, subject = values
            return sender, told, subject, head.end
    text = " ".join(quotes.short[begins.first : begins.end])
    return text, text, "", begins.end


def _address(written: str) -> Address | None:
    """The one sender that is named; with an empty address where only a name stands."""
    seen = list(dict.fromkeys(one.lower() for one in shapes.ADDRESS.findall(written)))
    if len(seen) > 1 or not written:
        return None
    if not seen:
        return Address(written[:80], "") if len(written) <= 80 else None
    before = written[: written.lower().find(seen[0])]
    name = _NAMED.search(before)
    return Address(name[1].strip(" \"'*") if name else "", seen[0])


def _zone(mail: Mail) -> tzinfo:
    """Programs write times as on the clock of whoever passes the mail on."""
    try:
        own = parsedate_to_datetime(next(iter(mail.headers.get("date", ())), ""))
        return own.tzinfo or UTC
    except (ValueError, TypeError, IndexError, OverflowError):
        return UTC
