"""What reading a mail gives: plain values, made by `parse`, judged by `kinds.screen`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from intake.kinds.dsn import Reported

Kind = Literal[
    "complaint",
    "reply",
    "auto_reply",
    "bounce",
    "receipt",
    "list",
    "newsletter",
    "own",
    "loop",
    "unreadable",
]


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox address as written (`address` lower-cased, `name` decoded)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One leaf of the mail that is not its body, or a file in one.

    `part` is its path in the MIME tree ("2.1"), and behind a stroke its place in a container
    ("2/1"). `sniffed` is the type that its bytes show, "" for none that is known.
    """

    part: str
    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    sniffed: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail that another passes on (R-31). `from_.address` is "" where only a name is written.

    `certain`: one sender is named, and everything says that the mail is passed on. `passed_on`:
    rather than answered; `below` may be either. `received_at`: when its reader had it, if told.
    """

    from_: Address | None
    date: datetime | None
    received_at: datetime | None
    by: Address | None
    subject: str
    text: str
    attached: bool
    certain: bool
    passed_on: bool
    message_id: str | None = None
    references: tuple[str, ...] = ()
    below: Forwarded | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, read. Times are UTC; texts hold no NUL and no lone surrogate."""

    sha256: str
    size: int
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: Address | None
    # reliability.md 2.3: exactly one From field with one address on which all readings agree
    proven_sender: bool
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    date: datetime | None
    language: str
    text: str
    new_text: str
    quoted: str
    signature: str
    attachments: tuple[Attachment, ...]
    headers: Mapping[str, tuple[str, ...]] = field(repr=False)
    defects: tuple[str, ...] = ()
    forwarded: Forwarded | None = None
    reported: tuple[Reported, ...] = ()  # of a bounce: what became of whom (RFC 3464)
    # (name, raw value) of Received and Authentication-Results in their order: the newest on top
    trace: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Screened:
    """What kind of mail it is, and the name of the judge who said so."""

    kind: Kind
    reason: str
