"""What a file with files in it holds: the same form for TNEF, Outlook items, mails and texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside another one. `number` is its place there ("1", in a mail its path "2.1")."""

    number: str
    name: str
    data: bytes = field(repr=False)
    content_type: str = ""  # as the container says; "" when it says nothing
    content_id: str | None = None
    inline: bool = False
    opened: bool = False  # what it holds is listed already


@dataclass(frozen=True, slots=True)
class Head:
    """Of a mail inside a file: who wrote what to whom, and when (UTC)."""

    subject: str = ""
    name: str = ""
    address: str = ""
    to: str = ""
    date: datetime | None = None


@dataclass(slots=True)
class Opened:
    """The members, in order, and the words of the mail that the container is."""

    members: list[Member] = field(default_factory=list)
    head: Head | None = None
    text: str = ""
    html: str = ""
    defects: list[str] = field(default_factory=list)
