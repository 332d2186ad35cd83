"""Bytes of one mail -> `Mail`. Pure: no clock, no network, no file.

mail-parser reads the head: the sender, the date and what is wrong with them. The body is walked
here (`intake.mime`), because mail-parser merges forwarded mails into the outer one, loses unnamed
parts and reads gb2312 by the letter (deps.md 2); given the head alone it also meets no MIME bomb.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from typing import Any

import mailparser
from mailparser.exceptions import MailParserError

from intake import dsn, html, language, mime, newtext, text
from intake.addresses import addresses, proven_sender
from intake.attachments import attachment
from intake.errors import Unreadable
from intake.mail import Attachment, Mail

# reliability.md P16: what it warns of, it quotes out of the mail
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

TEXT_CHARS = 1024 * 1024
REFERENCES = 100
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
_LIBRARY_FIELDS = frozenset({"from", "to", "cc", "bcc", "reply-to", "delivered-to", "date"})
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_TRACE = ("received", "authentication-results")


def read(raw: bytes) -> Mail:
    """The mail in `raw`. Raises only `Unreadable`; then `bare` says what little is known."""
    try:
        return _read(raw)
    except _PARSER_FAULTS as error:
        raise Unreadable(
            f"the mail cannot be read: {type(error).__name__}",
            mend="it is registered as unreadable; look at the raw mail",
        ) from error


def payload(raw: bytes, part: str) -> bytes:
    """The bytes of the attachment `part` again, the same that `read` counted. KeyError if none."""
    for leaf in mime.parse(raw).leaves():
        if leaf.path == part:
            return leaf.data()
    raise KeyError(part)


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


@dataclass(slots=True)
class _Body:
    """The leaves told apart: shown texts, and files."""

    plain: list[str] = field(default_factory=list)  # without the HTML of alternatives
    rich: list[str] = field(default_factory=list)  # without the plain text of alternatives
    named: list[str] = field(default_factory=list)
    blank_alternative: bool = False
    files: list[Attachment] = field(default_factory=list)

    def text(self) -> str:
        """Plain text if there is some; named texts only where nothing else is written."""
        choices = (self.plain, self.rich, self.named)
        if self.blank_alternative:
            choices = (self.rich, self.plain, self.named)
        shown = next((texts for texts in choices if any(map(str.strip, texts))), [])
        return "\n\n".join(one.strip("\n") for one in shown if one.strip())


def _read(raw: bytes) -> Mail:
    tree = mime.parse(raw)
    defects = tree.defects
    library = _library(tree.node, defects)
    body = _body(tree)
    whole = _cut(body.text(), defects)
    new, quoted, signature = newtext.split(whole)
    charset = next((leaf.charset for leaf in tree.leaves() if leaf.charset), "")
    headers = _headers(tree, charset)
    subject = text.field_text(next(iter(tree.fields("subject")), ""), charset)
    from_fields = tree.fields("from")
    senders = addresses(from_fields)
    sender = proven_sender(from_fields, library.senders)
    ids = {name: _message_ids(tree.fields(name)) for name in ("message-id", "in-reply-to")}
    return Mail(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        message_id=next(iter(ids["message-id"]), None),
        in_reply_to=tuple(ids["in-reply-to"][:REFERENCES]),
        references=tuple(_message_ids(tree.fields("references"))[-REFERENCES:]),
        from_=senders[0] if senders else None,
        proven_sender=sender is not None and [one.address for one in senders] == [sender],
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
        attachments=tuple(body.files),
        headers=headers,
        defects=tuple(dict.fromkeys(defects)),
        reported=dsn.reported(raw),
        trace=tuple(_trace(tree)),
    )


@dataclass(frozen=True, slots=True)
class _Library:
    """What mail-parser says about the head."""

    senders: list[tuple[str, str]]
    date: datetime | None


def _library(node: Message, defects: list[str]) -> _Library:
    # Only these fields: its reading of the others (Received above all) costs a third of the mail.
    view = Message()
    for key, value in node.raw_items():
        if key.lower() in _LIBRARY_FIELDS:
            view.set_raw(key, str(value)[: mime.FIELD])
    try:
        found = mailparser.MailParser(view)
        senders: Any = found.from_
        date = found.date
        worries = (*found.address_header_defects, *found.date_header_defects)
        defects.extend(f"{one['header']}: {one['reason']}".replace("-", " ") for one in worries)
    except _PARSER_FAULTS as error:
        defects.append(f"head unreadable to mail-parser: {type(error).__name__}")
        return _Library([], None)
    pairs = [(str(name), str(address)) for name, address in senders or []]
    return _Library(pairs, _utc(date))


def _utc(date: object) -> datetime | None:
    if not isinstance(date, datetime):
        return None
    try:
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _body(tree: mime.Tree) -> _Body:
    body = _Body()
    for leaf in tree.leaves():
        kind = leaf.content_type
        shown = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
        is_file = not shown or leaf.disposition == "attachment" or bool(leaf.name)
        if is_file:
            body.files.append(attachment(leaf))
        if not shown or leaf.disposition == "attachment":
            continue
        words = _leaf_text(leaf, tree.defects)
        if is_file:
            body.named.append(words)
            continue
        if kind != "text/html" or not leaf.alternative:
            body.plain.append(words)
        if kind == "text/html" or not leaf.alternative:
            body.rich.append(words)
        elif not words.strip():
            body.blank_alternative = True
    return body


def _leaf_text(leaf: mime.Leaf, defects: list[str]) -> str:
    words, codec = text.decode(leaf.data(), leaf.charset)
    label = leaf.charset.lower()
    if codec == "replace":
        defects.append(f"charset {label or 'missing'}: signs lost")
    elif codec != label and not text.reads_as(leaf.data(), label or "us-ascii", words):
        defects.append(f"charset {label or 'missing'} read as {codec}")
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    words = _cut(words, defects)
    return html.to_text(words) if leaf.content_type == "text/html" else words


def _cut(words: str, defects: list[str]) -> str:
    if len(words) <= TEXT_CHARS:
        return words
    defects.append(f"text cut after {TEXT_CHARS} characters")
    return words[:TEXT_CHARS]


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
