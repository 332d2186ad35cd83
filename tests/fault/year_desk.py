"""The service of the simulated year on its database, and who works and buys there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest

from cases.calendar import Calendar
from config.load import load
from config.secrets import secrets_of
from demo.shop import MAILBOX, MANAGER
from intake.mailbox.imap import Fetched
from service import people as staff
from service.customers import Person, add_customer
from service.reading import InProcess
from service.recounting import keep_reckoned
from service.registrar import register_waiting
from service.seeing import seen
from service.wiring import Happening, Wiring, wire
from storage import tables
from storage.evidence import Raw, raw
from tests.fault.year_agreed import LONG
from tests.fault.year_plans import Planned
from tests.shop import SUPERVISOR, Clock, Dice, letters_once, write_config

BOX: Final = "complaints"
_CUSTOMERS: Final = 200
_STATE: Final = 'subdivision = "BY"\n'
_BYTES: Final = b"Subject: a letter\r\n\r\nIts words are tested elsewhere.\r\n"


Calendars = Callable[[str, datetime], Calendar]


@dataclass
class Desk:
    """The service on its database, and what its customers and managers remember."""

    w: Wiring
    clock: Clock
    config: Path
    dice: Dice
    uid: int = 0
    numbers: dict[str, str] = field(default_factory=dict)  # case -> its number
    unsent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    paper: Raw = field(default_factory=lambda: raw(_BYTES))
    calendars: list[Calendars] = field(default_factory=list)  # as each configuration has them

    @classmethod
    @contextmanager
    def open(cls, folder: Path, url: str) -> Iterator[Desk]:
        """An empty installation with a manager, a supervisor and customers."""
        clock, dice = Clock(), Dice()
        config = _configure(folder, url, ())
        desk = cls(_wired(config, clock, dice), clock, config, dice)
        desk.calendars.append(desk.w.calendar)
        try:
            _settle(desk)
            keep_reckoned(desk.w)
            yield desk
        finally:
            desk.w.db.close()

    def restart(self) -> None:
        """Another process: what was in memory is gone."""
        self.w.db.close()
        self.w = _wired(self.config, self.clock, self.dice)
        keep_reckoned(self.w)

    def close_on(self, days: Iterable[date]) -> None:
        """From the next restart on the company is closed on these days."""
        _configure(self.config.parent, self.w.settings.database.url, days)
        settings = load(self.config, {})
        self.calendars.append(replace(self.w, settings=settings, calendars={}).calendar)

    @contextmanager
    def acting(self, act: str) -> Iterator[Happening]:
        """The manager does something in one transaction."""
        with self.w.happening(f"user:{MANAGER}", act) as h:
            yield h

    def mail(self, one: Planned, subject: str, text: str) -> None:
        """A customer's mail, which the mailbox had since `one.at`, is registered."""
        self.uid += 1
        lines = (
            f"From: {address_of(one.case)}",
            f"To: {MAILBOX}",
            f"Subject: {subject}",
            f"Message-ID: <{self.uid}@customers.example>",
            "",
            text,
            "",
        )
        fetched = Fetched(self.uid, one.at, "\r\n".join(lines).encode())
        seen(self.w, BOX, 1, [fetched])
        while register_waiting(self.w):
            pass

    def find(self, case: str, subject: str) -> None:
        """Remember the number that a new case was given."""
        with self.w.db.read() as connection:
            cases = tables.cases
            (number,) = connection.scalars(
                tables.cases.select()
                .with_only_columns(cases.c.number)
                .where(cases.c.subject == subject, cases.c.predecessor_id.is_(None))
            )
        self.numbers[case] = str(number)


def _configure(folder: Path, url: str, closed: Iterable[date]) -> Path:
    days = f"closed = [{', '.join(map(str, closed))}]\n"
    calendars = f"{_STATE}{days}{LONG}{days}"
    return write_config(
        folder, url, imap_port=1, smtp_port=1, change=lambda text: text.replace(_STATE, calendars)
    )


def _wired(config: Path, clock: Clock, dice: Dice) -> Wiring:
    settings = load(config, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.wiring.letters", letters_once)
        made = wire(settings, secrets_of(settings, {}), now=clock)
    return replace(made, chance=dice, reader=InProcess())


def _settle(desk: Desk) -> None:
    for name, role in ((MANAGER, "manager"), (SUPERVISOR, "supervisor")):
        staff.add_user(
            desk.w, name, full_name=name, email=f"{name}@parts.example", phone="1", role=role
        )
    for number in range(_CUSTOMERS):
        person = Person(f"Customer {number}", f"buyer@k{number}.example")
        add_customer(desk.w, f"RK{number:03}", f"Works {number}", [person])
    desk.w.evidence.prepare([desk.paper])
    with desk.w.db.write() as tx:
        desk.w.evidence.keep(tx, [desk.paper], desk.clock.now)


def customer_of(case: str) -> int:
    """The number of the customer whose case this is."""
    return int(case.split()[1].strip(",")) % _CUSTOMERS


def code_of(case: str) -> str:
    return f"RK{customer_of(case):03}"


def address_of(case: str) -> str:
    return f"buyer@k{customer_of(case)}.example"
