"""Bytes of one mail -> `Mail`. Pure: no clock, no network, no file.

mail-parser reads the head: the sender, the date and what is wrong with them. The body is walked
here (`intake.mime`), because mail-parser merges forwarded mails into the outer one, loses unnamed
parts and reads gb2312 by the letter (deps.md 2); given the head alone it also meets no MIME bomb.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from typing import Any

from mailparser.dates import date_diagnostics, parse_mail_date
from mailparser.exceptions import MailParserError
from mailparser.utils import get_addresses

from intake import body, language
from intake.attached.attachments import payload
from intake.attached.mails import attached_mails
from intake.errors import Unreadable
from intake.kinds import dsn, spam
from intake.mail import Address, Forwarded, Mail
from intake.mime import tree as mime
from intake.reply import forwarded, newtext
from intake.sender.addresses import addresses, doubtful_head, notes, proven_sender
from intake.text import header as text

__all__ = ["bare", "payload", "read"]

# reliability.md P16: what it warns of, it quotes out of the mail
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

REFERENCES = 100
PASSED_ON = 4 * 1024 * 1024  # bytes of an attached mail that are read
_PARSER_FAULTS = (
    RecursionError,
    ValueError,  # UnicodeError is one
    LookupError,  # IndexError, KeyError
    AttributeError,
    TypeError,
    AssertionError,
    OverflowError,
    MessageError,  # of the standard library: one bad base64 word in a name is enough
    MailParserError,
)
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_BARE_ID = re.compile(r"[^<>\s]{1,500}@[^<>\s]{1,500}")
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_TRACE = frozenset({"received", "authentication-results"}) | spam.FIELDS
# What people see of a head: a guess in these is told.
_SEEN = ("subject", "from", "to", "cc")


def read(raw: bytes) -> Mail:
    """The mail in `raw`. Raises only `Unreadable`; then `bare` says what little is known."""
    try:
        return _read(raw)
    except _PARSER_FAULTS as error:
        raise Unreadable(
            f"the mail cannot be read: {type(error).__name__}",
            mend="it is registered as unreadable; look at the raw mail",
        ) from error


def bare(raw: bytes, sha256: str) -> Mail:
    """What can be said about a mail that `read` gave up. Never raises; nothing in it is proven."""
    start = mime.head(raw)
    from_ = addresses(_grep(start, "from"))
    subject = text.field_text(next(iter(_grep(start, "subject")), ""))
    return Mail(
        sha256=sha256,
        size=len(raw),
        message_id=next(iter(_message_ids(_grep(start, "message-id"))), None),
        in_reply_to=(),
        references=(),
        from_=from_[0] if from_ else None,
        proven_sender=False,
        reply_to=(),
        to=addresses(_grep(start, "to")),
        cc=(),
        delivered_to=(),
        subject=subject,
        date=None,
        language=language.guess(subject),
        text="",
        new_text="",
        quoted="",
        signature="",
        attachments=(),
        headers={},
        defects=("unreadable",),
    )


def _read(raw: bytes, depth: int = 0) -> Mail:
    tree = mime.parse(raw)
    defects = tree.defects
    library = _library(tree.node, defects)
    found = body.body(tree)
    whole = body.cut(found.text(), defects)
    charset = found.codec or next((leaf.charset for leaf in tree.leaves() if leaf.charset), "")
    headers = _headers(tree, charset)
    subject = _subject(tree, charset)
    senders = addresses(tree.fields("from"))
    defects.extend(notes(senders, addresses(tree.fields("sender"))))
    writer = senders[0].name if len(senders) == 1 else ""
    new, quoted, signature = newtext.split(whole, writer)
    mail = Mail(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        message_id=next(iter(_message_ids(tree.fields("message-id"))), None),
        in_reply_to=tuple(_message_ids(tree.fields("in-reply-to"))[:REFERENCES]),
        references=tuple(_message_ids(tree.fields("references"))[-REFERENCES:]),
        from_=senders[0] if senders else None,
        proven_sender=_is_proven(tree, senders, library),
        reply_to=addresses(tree.fields("reply-to")),
        to=addresses(tree.fields("to")),
        cc=addresses(tree.fields("cc")),
        delivered_to=_delivered_to(tree),
        subject=subject,
        date=library.date,
        language=language.guess(f"{subject}\n{new or whole}"),
        text=whole,
        new_text=new,
        quoted=quoted,
        signature=signature,
        attachments=tuple(found.files),
        headers=headers,
        defects=tuple(dict.fromkeys(defects)),
        reported=dsn.reported(one.data() for one in tree.leaves() if one.content_type in dsn.PARTS),
        trace=tuple(_trace(tree)),
    )
    passed_on = _forwarded(tree, mail, depth)
    return replace(mail, forwarded=passed_on) if passed_on else mail


def _forwarded(tree: mime.Tree, mail: Mail, depth: int) -> Forwarded | None:
    """What the mail passes on (R-31). Of what is attached to what is attached, not more."""

    def inner(raw: bytes) -> Mail:
        try:
            return _read(raw[:PASSED_ON], depth + 1)
        except _PARSER_FAULTS:
            return bare(raw, "")

    attached = [one.raw for one in attached_mails(tree)] if depth < forwarded.DEEPEST else []
    return forwarded.find(mail, attached, inner)


@dataclass(frozen=True, slots=True)
class _Library:
    """What mail-parser says about the head."""

    senders: list[tuple[str, str]]
    date: datetime | None


def _is_proven(tree: mime.Tree, senders: Sequence[Address], library: _Library) -> bool:
    sender = proven_sender(tree.fields("from"), library.senders)
    return {one.address for one in senders} == {sender} and not doubtful_head(tree.node)


def _library(node: Message, defects: list[str]) -> _Library:
    # Its readers of these two fields: all of `MailParser` takes as long as the rest of the mail.
    senders: list[tuple[str, str]] = []
    date: datetime | None = None
    try:
        for value in _raw(node, "from")[:1]:
            worries: list[dict[str, Any]] = []
            found = get_addresses(value, defects=worries, decode_names=True)
            senders = [(str(name), str(address)) for name, address in found if address]
            defects.extend(f"from: {one['reason']}".replace("-", " ") for one in worries)
        for value in _raw(node, "date")[:1]:
            result = parse_mail_date(value)
            date = _utc(result.value)
            notes = date_diagnostics(result, value, "date", 0)
            defects.extend(f"date: {one['reason']}".replace("-", " ") for one in notes)
    except _PARSER_FAULTS as error:
        defects.append(f"head unreadable to mail-parser: {type(error).__name__}")
        return _Library([], None)
    return _Library(senders, date)


def _raw(node: Message, name: str) -> list[str]:
    return [str(value)[: mime.FIELD] for key, value in node.raw_items() if key.lower() == name]


def _utc(date: object) -> datetime | None:
    if not isinstance(date, datetime):
        return None
    try:
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _subject(tree: mime.Tree, charset: str) -> str:
    """The first one; what had to be guessed in a field that people see goes to the defects."""
    read_as = {}
    for name in _SEEN:
        notes: list[str] = []
        read_as[name] = text.field_text(next(iter(tree.fields(name)), ""), charset, notes)
        tree.defects.extend(f"{name}: {note}" for note in notes)
    return read_as["subject"]


def _headers(tree: mime.Tree, charset: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    many: dict[str, list[str]] = {}
    for name, value in tree.all_fields():
        many.setdefault(name, []).append(text.field_text(value, charset))
    found.update((name, tuple(values)) for name, values in many.items())
    return found


def _trace(tree: mime.Tree) -> Iterable[tuple[str, str]]:
    for name, value in tree.all_fields():
        if name in _TRACE:
            yield name, text.clean(text.raw_text(value))


# RFC 5322 section 2.1.1: no line is longer. Indexes of databases refuse long keys.
_ID_BYTES = 998


def _message_ids(values: Iterable[str]) -> list[str]:
    """The ids with their angle brackets, in order, each once."""
    found: list[str] = []
    for value in values:
        plain = text.clean(text.raw_text(value))
        tokens = _MESSAGE_ID.findall(plain) or _BARE_ID.findall(plain)[:1]
        ids = (f"<{text.one_line(one)}>" for one in tokens)
        found.extend(one for one in ids if len(one.encode()) <= _ID_BYTES)
    return list(dict.fromkeys(found))


def _delivered_to(tree: mime.Tree) -> tuple[str, ...]:
    seen = addresses(value for name in _DELIVERED for value in tree.fields(name))
    return tuple(dict.fromkeys(one.address for one in seen))


def _grep(head: bytes, name: str) -> list[str]:
    """The raw values of a field, by pattern: for heads on which the parsers failed."""
    pattern = rb"(?im)^%s[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)" % name.encode()
    found = (one.decode("ascii", "surrogateescape") for one in re.findall(pattern, head))
    return [re.sub(r"[\r\n]+[ \t]?", " ", one)[: mime.FIELD].strip() for one in found]
