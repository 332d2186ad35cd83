"""From what is said to the bytes that leave: the same letter always gives the same bytes.

A repeat after a crash must be the same mail (reliability.md 6 B), and a mail that no server
would take must be found when it is queued, not when it is sent (4.2, "poison outgoing mail").
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from cases.errors import BadInput
from mailer.addresses import valid, wired
from mailer.headers import (
    MESSAGE_ID,
    address_header,
    message_ids,
    one_line,
    text_header,
    thread_subject,
    token_header,
)

__all__ = ["Attachment", "Outgoing", "compose", "thread_subject"]

LINE_LIMIT = 998  # RFC 5322 section 2.1.1
REFERENCES_KEPT = 10
NAME_LIMIT = 120
PAGE_ENDS = ("</div>\n</body>", "</body>")
CONTENT_TYPE = re.compile(r"([a-z]+/[a-z0-9.+-]+)\s*(?:;|$)")


class _Headers(HeaderRegistry):
    """The library parses a header anew each time it is looked at: 40 times a letter."""

    def __init__(self) -> None:
        super().__init__()
        self._known = lru_cache(maxsize=256)(super().__call__)

    def __call__(self, name: str, value: Any) -> BaseHeader:
        """The header, which nothing can change."""
        return self._known(name, value)


_HEADERS = _Headers()
_WRITTEN = policy.SMTP.clone(header_factory=_HEADERS)
_READ = policy.default.clone(header_factory=_HEADERS)
# What no mail program shows: controls except TAB and LF.
_SILENT = dict.fromkeys({*range(32), 0x7F} - {0x09, 0x0A})


@dataclass(frozen=True)
class Attachment:
    """A file of a letter."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Outgoing:
    """One copy of a letter: what its recipient will see. The envelope is not part of it."""

    sender: tuple[str, str]  # (name, address)
    to: tuple[tuple[str, str], ...]
    subject: str
    message_id: str
    date: datetime  # aware
    text: str
    html: str
    language: str
    automatic: bool
    installation: str = ""  # who wrote it: we know our own letters again by it
    cc: tuple[tuple[str, str], ...] = ()
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    token_line: str | None = None  # a discreet last line, as in "Ref: <26 characters>"
    attachments: tuple[Attachment, ...] = ()
    # One-click answers: what stands above them, and (label, mailto: link)
    heading: str = ""
    links: tuple[tuple[str, str], ...] = ()


def compose(letter: Outgoing) -> bytes:
    """Return the mail: CRLF, 7-bit, text and HTML, attachments. Raises BadInput."""
    _check(letter)
    content = _content(letter).as_bytes(policy=_WRITTEN)
    mail = "\r\n".join(_headers(letter)).encode("ascii") + b"\r\n" + content
    _read_back(letter, mail)
    return mail


def _check(letter: Outgoing) -> None:
    people = (letter.sender, *letter.to, *letter.cc)
    addresses = [address for _, address in people]
    addresses += [letter.reply_to] if letter.reply_to else []
    wrong = [address for address in addresses if not valid(address)]
    if wrong:
        raise BadInput(f"{wrong[0]!r} is not an address", mend="correct the contact")
    if not letter.to:
        raise BadInput("a letter needs a recipient", mend="name a contact of the customer")
    if not MESSAGE_ID.fullmatch(letter.message_id):
        raise BadInput(f"{letter.message_id!r} is not a Message-ID")
    if letter.date.tzinfo is None:
        raise BadInput("the date of a letter needs a time zone")


def _headers(letter: Outgoing) -> list[str]:
    # The ids of the customer's mails are his: a broken one is left out, the letter still leaves.
    answered = message_ids((letter.in_reply_to,) if letter.in_reply_to else ())
    thread = _cut(message_ids(letter.references)) or answered
    headers = [
        f"Date: {format_datetime(letter.date)}",
        address_header("From", [letter.sender]),
        address_header("To", letter.to),
    ]
    if letter.cc:
        headers.append(address_header("Cc", letter.cc))
    if letter.reply_to:
        headers.append(address_header("Reply-To", [("", letter.reply_to)]))
    headers += [text_header("Subject", letter.subject), f"Message-ID: {letter.message_id}"]
    if answered:
        headers.append(token_header("In-Reply-To", answered))
    if thread:
        headers.append(token_header("References", thread))
    if letter.automatic:
        # RFC 3834 section 5; the second keeps Exchange from answering automatically.
        kind = "auto-replied" if letter.in_reply_to else "auto-generated"
        headers += [f"Auto-Submitted: {kind}", "X-Auto-Response-Suppress: All"]
    if letter.installation:
        headers.append(f"X-Amends-Installation: {one_line(letter.installation)}")
    return [*headers, text_header("Content-Language", letter.language)]


def _cut(references: tuple[str, ...]) -> tuple[str, ...]:
    # RFC 5322 section 3.6.4 lets the list grow without end; the first one roots the thread.
    if len(references) <= REFERENCES_KEPT + 1:
        return references
    return (references[0], *references[-REFERENCES_KEPT:])


def _content(letter: Outgoing) -> EmailMessage:
    words = EmailMessage(policy=_WRITTEN)
    text, page = _words(letter)
    words.set_content(text, charset="utf-8", cte=_encoding(text))
    words.add_alternative(page, subtype="html", charset="utf-8", cte=_encoding(page))
    words.set_boundary(_boundary(letter, "words"))
    if letter.attachments:
        words.make_mixed(boundary=_boundary(letter, "files"))
    for attachment in letter.attachments:
        maintype, _, subtype = _content_type(attachment.content_type).partition("/")
        words.add_attachment(
            attachment.data, maintype, subtype, cte="base64", filename=_file_name(attachment.name)
        )
    for part in words.walk():
        if part is not words and "MIME-Version" in part:
            del part["MIME-Version"]
    return words


def shown(letter: Outgoing) -> tuple[str, str]:
    """Text and HTML as people read them: all that leaves but the line with the token."""
    return _words(replace(letter, token_line=None))


def _words(letter: Outgoing) -> tuple[str, str]:
    text, page = _sound(letter.text).rstrip("\n") + "\n", _sound(letter.html).rstrip("\n") + "\n"
    below, small = _linked(letter)
    if letter.token_line:
        line = one_line(letter.token_line)
        below += f"\n{line}\n"
        small += f'<p style="font-size: 0.8em; opacity: 0.6">{html.escape(line)}</p>\n'
    before, end, after = page.rpartition(next((e for e in PAGE_ENDS if e in page), "</body>"))
    return text + below, before + small + end + after if end else page + small


def _linked(letter: Outgoing) -> tuple[str, str]:
    """The one-click answers, for both parts."""
    if not letter.links:
        return "", ""
    heading = one_line(letter.heading)
    links = [(one_line(label), one_line(link)) for label, link in letter.links]
    lines = "".join(f"\n- {label}:\n  <{link}>\n" for label, link in links)
    items = "".join(
        f'<li><a href="{html.escape(link)}">{html.escape(label)}</a></li>\n'
        for label, link in links
    )
    return f"\n{heading}\n{lines}", f"<p>{html.escape(heading)}</p>\n<ul>\n{items}</ul>\n"


def _sound(text: str) -> str:
    """Return `text` with LF line ends and without what no mail program shows."""
    lines = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    return lines.replace("\r", "\n").translate(_SILENT)


def _encoding(text: str) -> str:
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return "base64" if wide * 6 > len(text) else "quoted-printable"


def _boundary(letter: Outgoing, of: str) -> str:
    # "=_" occurs in neither quoted-printable nor base64 (RFC 2045 section 6.7).
    return "=_" + hashlib.sha256(f"{of} {letter.message_id}".encode()).hexdigest()[:40]


def _content_type(given: str) -> str:
    known = CONTENT_TYPE.match(one_line(given).lower())
    # A mail inside the mail must stay a file: readers would open it as part of ours.
    if not known or known[1].startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return known[1]


def _file_name(given: str) -> str:
    name = one_line(given).replace("/", "_").replace("\\", "_").replace('"', "'")
    stem, dot, ending = name.rpartition(".")
    if len(name) > NAME_LIMIT:
        ending = ending[-10:] if dot else ""
        name = (stem or name)[: NAME_LIMIT - 11].rstrip() + (f".{ending}" if ending else "")
    return name.strip(". ") or "file"


def _read_back(letter: Outgoing, mail: bytes) -> None:
    """Raise BadInput unless a reader gets out of `mail` what was put in."""
    parsed = BytesParser(policy=_READ).parsebytes(mail)
    assert isinstance(parsed, EmailMessage)
    text, page = (parsed.get_body(("plain",)), parsed.get_body(("html",)))
    files = list(parsed.iter_attachments())
    people = [wired(a) for _, a in (*letter.to, *letter.cc) if wired(a).isascii()]
    read = [a.addr_spec for name in ("To", "Cc") if name in parsed for a in parsed[name].addresses]
    sound = {
        "subject": str(parsed["Subject"]) == one_line(letter.subject),
        "recipients": read == people,
        "text": (_text_of(text), _text_of(page)) == _words(letter),
        "attachments": [f.get_content_type() and f.get_payload(decode=True) for f in files]
        == [a.data for a in letter.attachments],
        "structure": not any(part.defects for part in parsed.walk()),
        "line length": all(len(line) <= LINE_LIMIT for line in mail.split(b"\r\n")),
        "line ends": mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r"),
        "7-bit": mail.isascii() and b"\0" not in mail,
    }
    wrong = [name for name, well in sound.items() if not well]
    if wrong:
        raise BadInput(
            f"the letter {letter.message_id} cannot be written as a mail: {', '.join(wrong)}",
            mend="look for unusual characters in subject, names, text and file names",
        )


def _text_of(part: object) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if isinstance(part, EmailMessage) else ""
