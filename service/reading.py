"""Reading a mail, as the registrar asks for it: in this process, or in one of its children.

This module is all that a child needs of `service/`: it must import nothing that knows a database,
a setting or a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from cases.errors import AmendsError, TryLater
from intake.errors import Unreadable
from intake.facts.find import Facts, find
from intake.kinds.screen import OwnAddresses, screen
from intake.mail import Mail, Screened
from intake.parse import bare, read
from service import journal


@dataclass(frozen=True, slots=True)
class Unread:
    """A mail that waits to be read. `load` fetches its bytes from the evidence."""

    sha256: str
    size: int
    load: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says and what kind it is; "unreadable" when that is all that can be said."""

    mail: Mail
    screened: Screened
    facts: Facts = field(default_factory=Facts)


class Reader(Protocol):
    """Reads mails; whatever one of them does, the others are read and it is answered for."""

    def read(
        self, batch: Sequence[Unread], ahead: Sequence[Unread], own: OwnAddresses
    ) -> list[Reading | None]:
        """Read `batch`, in order. None: it is busy, ask again; or its bytes are not to be had.

        `ahead` comes next time. TryLater.
        """

    def busy(self) -> frozenset[str]:
        """The sha256 of the mails that take longer and are not ready yet."""

    def wait(self) -> bool:
        """Wait until a mail that takes longer is ready. False: there is none."""

    def wake(self, call: Callable[[], object]) -> None:
        """Call this, from any thread, when a mail that took longer is ready."""

    def close(self) -> None:
        """Give back what is held; the next reading starts anew."""


class InProcess:
    """Reads where it is called: for rehearsals and tests, whose mails are our own."""

    def read(
        self, batch: Sequence[Unread], ahead: Sequence[Unread], own: OwnAddresses
    ) -> list[Reading | None]:
        """Read `batch`; nothing takes longer."""
        found = ((one, loaded(one)) for one in batch)
        return [None if data is None else understand(data, one.sha256, own) for one, data in found]

    def busy(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def wait(self) -> bool:
        """Nothing to wait for."""
        return False

    def wake(self, call: Callable[[], object]) -> None:
        """Never needed."""

    def close(self) -> None:
        """Nothing is held."""


def loaded(mail: Unread) -> bytes | None:
    """The bytes; None when they are lost, which another try does not change. TryLater."""
    try:
        return mail.load()
    except TryLater:
        raise
    except AmendsError as error:
        journal.warn("mail_without_bytes", mail=mail.sha256[:12], reason=str(error))
        return None


def understand(data: bytes, sha256: str, own: OwnAddresses) -> Reading:
    """Read and screen one mail. Never raises but for want of memory."""
    try:
        mail = read(data)
        return Reading(mail, screen(mail, own), find(mail, own.numbers))
    except Unreadable as error:
        return given_up(data, sha256, str(error))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a poison mail must not stop the others
        return given_up(data, sha256, f"the mail cannot be read: {type(error).__name__}")


def given_up(data: bytes, sha256: str, reason: str) -> Reading:
    """The little that is certain about a mail: its bytes and, at best, who sent it."""
    mail = bare(data, sha256)
    return Reading(
        replace(mail, defects=(*mail.defects, reason)), Screened("unreadable", "unreadable")
    )


def untold(sha256: str, size: int, reason: str) -> Reading:
    """A mail of which not even the sender can be read without harm."""
    empty = given_up(b"", sha256, reason)
    return replace(empty, mail=replace(empty.mail, size=size))
