"""Everything that a happening needs, put together once. The only place that asks the real clock
and the operating system's randomness."""

from __future__ import annotations

import base64
import secrets as os_random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from cases.calendar import Calendar
from config.calendars import DaySets, day_sets
from config.secrets import Secrets
from config.settings import Mailbox, Settings
from mailer.templates import Templates
from service.children import Children
from service.crowd import Crowd
from service.reading import InProcess, Reader
from service.tokens.shelf import Proofs
from service.vital import Vital
from service.words import Letters, letters
from storage import tables
from storage.book import Book
from storage.changes import Change, Insert
from storage.comparing import to_be_compared
from storage.database import Database
from storage.evidence import Evidence
from storage.ids import Ids
from storage.installation import installation_name
from storage.objects.chosen import objects

# A promise may reach into the next year, and an explanation into the one before.
_CALENDAR_YEARS: Final = 1


def calendar_of(name: str, days: DaySets) -> Calendar:
    """Business time for judging, of plain days."""
    zone = ZoneInfo(days.timezone)
    return Calendar(name, zone, days.hours, days.closed, days.working, days.names)


class Chance:
    """Randomness, as an argument: tests give one that repeats itself."""

    def token(self) -> str:
        """16 random bytes as 26 lower-case base32 characters (reliability.md 6 D)."""
        return base64.b32encode(os_random.token_bytes(16)).decode().rstrip("=").lower()

    def salt(self) -> str:
        """16 random bytes in hexadecimal."""
        return os_random.token_hex(16)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        return os_random.randbelow(limit)

    def jitter(self) -> float:
        """A number from -1 to 1."""
        return os_random.randbelow(2001) / 1000 - 1


def real_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Wiring:
    """The parts of one running service."""

    settings: Settings
    secrets: Secrets
    db: Database
    evidence: Evidence
    letters: Letters
    now: Callable[[], datetime] = real_now
    chance: Chance = field(default_factory=Chance)
    installation: str = ""  # its random name, in every letter (4.3)
    reader: Reader = field(default_factory=InProcess)
    vital: Vital = field(default_factory=Vital)
    crowd: Crowd = field(default_factory=Crowd)
    calendars: dict[tuple[str, int], Calendar] = field(default_factory=dict)  # as they were needed
    looked: set[str] = field(default_factory=set)  # the day on which calendars were compared last

    def __post_init__(self) -> None:
        """Made before there are threads: two makers of ids would not know of each other."""
        assert self.ids
        assert self.proofs

    @cached_property
    def ids(self) -> Ids:
        """The maker of ids."""
        return Ids(self.now, self.chance.below)

    @cached_property
    def proofs(self) -> Proofs:
        """What is shown at each mail server's door."""
        return Proofs(self.settings, self.secrets)

    @cached_property
    def node(self) -> str:
        """A name for this process, new at every start: a lease is never mistaken for an old one."""
        return self.chance.salt()[:12]

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.settings.company.timezone)

    def mailbox(self, name: str) -> Mailbox:
        """The mailbox of this name; the first one for a case whose mailbox was taken away."""
        named = {mailbox.name: mailbox for mailbox in self.settings.mailbox}
        return named.get(name, self.settings.mailbox[0])

    def letters_of(self, mailbox: str) -> Templates:
        """The letters of a mailbox; the company's where it has none of its own."""
        return self.letters.of(self.mailbox(mailbox).templates)

    def numbers_of(self, mailbox: str) -> str:
        """The pattern of the numbers of a mailbox: its series (R-20)."""
        return self.mailbox(mailbox).numbers or self.settings.company.numbers

    def patterns(self) -> tuple[str, ...]:
        """Every pattern of numbers that this installation gives."""
        every = (self.numbers_of(box.name) for box in self.settings.mailbox)
        return tuple(dict.fromkeys((*every, self.settings.company.numbers)))

    def language_of(self, mailbox: str, *wishes: str | None) -> str:
        """The first wish that the company writes in, else the mailbox's language (R-33)."""
        company = self.settings.company
        usual = self.mailbox(mailbox).language or company.language
        return next((wish for wish in wishes if wish in company.languages), usual) or usual

    def calendar(self, name: str, at: datetime) -> Calendar:
        """The business time of this name around `at`; the company's for one that was taken away."""
        chosen = name if name in self.settings.calendar else self.settings.company.calendar
        return self._calendar(chosen, at.year)

    def _calendar(self, name: str, year: int) -> Calendar:
        known = self.calendars.get((name, year))
        if known is None:
            years = range(year - _CALENDAR_YEARS, year + _CALENDAR_YEARS + 1)
            days = day_sets(self.settings.calendar[name], years, self.settings.company.timezone)
            known = calendar_of(name, days)
            self.calendars[name, year] = known
        return known

    @contextmanager
    def happening(self, actor: str, cause: str) -> Iterator[Happening]:
        """One transaction in which `actor` changes something because of `cause`."""
        with self.db.write() as tx:
            book = Book(tx, self.now(), self.chance.salt)
            yield Happening(self, book, actor, cause)
            book.flush()


@dataclass(frozen=True, slots=True)
class Happening:
    """What all functions of one transaction share: who, why, when, and where to write it."""

    wiring: Wiring
    book: Book
    actor: str
    cause: str
    hold: str = ""  # why letters that are promised here wait for a person

    @property
    def at(self) -> datetime:
        """The moment of this happening."""
        return self.book.at

    def new_id(self) -> int:
        """An id for a new row."""
        return self.wiring.ids.next()

    def record(self, case_id: int | None, kind: str, *changes: Change) -> None:
        """Change rows of a case, and say so in its history; rows of no case have none."""
        self.book.record(case_id, kind, *changes, actor=self.actor, cause=self.cause)
        if to_be_compared(changes):
            self.book.unless_there(Insert(tables.to_compare, {"case_id": case_id}))

    def because(self, actor: str, cause: str, *, hold: str = "") -> Happening:
        """The same transaction, for what somebody else causes in it."""
        return Happening(self.wiring, self.book, actor, cause, hold)


def wire(
    settings: Settings,
    secrets: Secrets,
    *,
    now: Callable[[], datetime] = real_now,
    check_letters: bool = True,
) -> Wiring:
    """Open the database at this version's schema, or say what is wrong.

    With `check_letters` every letter is compiled and rendered with sample facts: they fail here,
    not at a customer. A command that writes no letter can do without (0.4 s).
    """
    words = letters(settings)
    if check_letters:
        words.check()
    db = Database(
        settings.database.url,
        secrets.database.reveal() if secrets.database else None,
        idle_seconds=settings.outbox.lease_seconds / 4,  # a claim must outlast it
    )
    db.upgrade()
    return Wiring(
        settings,
        secrets,
        db,
        Evidence(settings.evidence.folder, objects(settings.evidence, secrets.evidence)),
        words,
        now=now,
        installation=installation_name(db, Chance().token),
        reader=Children(fast=settings.reading.children),
    )
