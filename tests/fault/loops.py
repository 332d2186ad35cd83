"""Machines that answer our letters, for a day: nobody may be written to again and again (P8).

python -m tests.fault.loops [--hours 24] [--seed 1]

Two installations of ours face each other on one mail server, with the machines of
tests/fault/robots.py and a sender whose mail bounces; people at the same addresses write in
between. Business time is turned; nothing waits.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.parser import BytesParser
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import select

from config.load import load
from config.secrets import secrets_of
from demo.mail_server import HOST, EmbeddedMail
from demo.received import Received
from demo.shop import MAILBOX, MANAGER
from service import people, wiring
from service.daemon import serve_once
from service.reading import InProcess
from service.wiring import Wiring
from storage import history, tables
from tests.fault.robots import MACHINES, OTHER, Machine, Mail, sender_of
from tests.shop import PASSWORD, START, SUPERVISOR, Clock, Dice, write_config

BOUNCING: Final = "gone@nowhere.example"
_STEP: Final = timedelta(minutes=10)
_MOST_ROUNDS: Final = 40  # within one step; then it is a loop
# Automatic letters to one correspondent between two mails by a person (P8).
_MOST_LETTERS: Final = 2
_MOST_TO_MARKED: Final = 1  # the acknowledgment of the person's mail, and nothing to the machine
# When people write, in hours, and about what.
_WRITTEN: Final = {0.0: "cracks", 5.0: "scratches", 12.5: "burrs", 20.0: "rust"}


@dataclass(frozen=True)
class Letter:
    """One automatic letter, as it left."""

    us: str
    to: str
    number: str
    at: datetime


@dataclass
class Day:
    """What was written, by whom to whom."""

    letters: list[Letter] = field(default_factory=list)
    persons: dict[tuple[str, str], list[datetime]] = field(
        default_factory=lambda: defaultdict(list)
    )
    subjects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # to whom: what
    answers: Counter[str] = field(default_factory=Counter)  # by machine
    rounds: int = 0
    cases: int = 0
    most: int = 0  # letters to one correspondent between two mails by a person
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        to = Counter(f"{one.us} to {one.to}" for one in self.letters)
        lines = [
            f"{len(MACHINES)} kinds of machines, {self.rounds} rounds, "
            f"{sum(self.answers.values())} answers of machines, "
            f"{sum(map(len, self.persons.values()))} mails by people",
            f"{self.cases} cases, {len(self.letters)} automatic letters",
            f"most to one correspondent in all: {to.most_common(1)}",
            f"most to one correspondent without a new mail by a person: {self.most}",
            f"{len(self.faults)} faults",
        ]
        return "\n".join((*lines, *(f"FAULT {fault}" for fault in self.faults)))


def run(folder: Path, *, hours: float = 24, seed: int = 1) -> Day:
    """Let everybody answer everybody for so many simulated hours."""
    clock, day = Clock(), Day()
    with ExitStack() as stack:
        server = EmbeddedMail(
            dict.fromkeys((MAILBOX, OTHER), PASSWORD), clock=clock, smtp_hook=_refuse
        )
        stack.enter_context(server)
        shops = {
            address: stack.enter_context(_installation(folder, address, server, clock))
            for address in (MAILBOX, OTHER)
        }
        world = World(server, shops, clock, day, Random(seed))
        while clock.now < START + timedelta(hours=hours):
            world.people_write()
            world.until_quiet()
            clock.now += _STEP
        _judge(day)
        for address, w in shops.items():
            _nobody_was_forgotten(address, w, day)
    return day


@dataclass
class World:
    """Everybody who writes, on one clock."""

    server: EmbeddedMail
    shops: dict[str, Wiring]
    clock: Clock
    day: Day
    dice: Random
    read: int = 0
    written: int = 0  # of _WRITTEN
    answered: set[tuple[str, str]] = field(default_factory=set)
    waiting: list[tuple[datetime, Mail]] = field(default_factory=list)

    def people_write(self) -> None:
        """What falls due of `_WRITTEN`: from every address, to each installation."""
        due = list(_WRITTEN.items())[self.written :]
        for hours, about in due:
            if self.clock.now < START + timedelta(hours=hours):
                return
            self.written += 1
            for who in (*map(address_of, MACHINES), BOUNCING):
                for to in self.shops:
                    self._person(who, to, about)
            for who, to in ((MAILBOX, OTHER), (OTHER, MAILBOX)):
                self._person(who, to, about)

    def _person(self, who: str, to: str, about: str) -> None:
        text = f"The parts of today have {about}. Please look at it."
        self._send(who, to, f"From: {who}\nTo: {to}\nSubject: Parts with {about}\n\n{text}\n")
        self.day.persons[to, who].append(self.clock.now)
        self.day.subjects[to].add(f"Parts with {about}")

    def until_quiet(self) -> None:
        """What is due leaves, the services work, machines answer; until nothing comes any more."""
        for _ in range(_MOST_ROUNDS):
            self._send_due()
            for address, w in self.shops.items():
                self.day.faults += [f"{address}: {fault}" for fault in serve_once(w)]
            new = self.server.received[self.read :]
            self.read += len(new)
            if not new:
                return
            self.day.rounds += 1
            for mail in new:
                self._note(mail)
                for me in mail.recipients:
                    if (name := _machine_at(me)) is not None:
                        self._answer(name, MACHINES[name], mail, me)
        self.day.faults.append(f"no rest within {_MOST_ROUNDS} rounds")

    def _answer(self, name: str, machine: Machine, mail: Received, me: str) -> None:
        head = BytesParser().parsebytes(mail.raw, headersonly=True)
        pair = (name, sender_of(head))
        if machine.once and pair in self.answered:
            return
        self.answered.add(pair)
        for _ in range(machine.times):
            number = sum(self.day.answers.values())
            answer = machine.answer(mail, head, address_of(name), number)
            if not answer[1]:
                continue  # nobody to answer: the envelope sender was empty
            self.day.answers[name] += 1
            later = machine.after * self.dice.uniform(0.7, 1.3)
            self.waiting.append((self.clock.now + later, _told_apart(answer, number)))

    def _send_due(self) -> None:
        due = [one for at, one in self.waiting if at <= self.clock.now]
        self.waiting = [(at, one) for at, one in self.waiting if at > self.clock.now]
        for one in due:
            self._send(*one)

    def _send(self, sender: str, to: str, mail: str) -> None:
        data = mail.encode("latin-1", "replace")
        with smtplib.SMTP(HOST, self.server.smtp_port, timeout=10) as smtp:
            smtp.sendmail(sender, [to], data)

    def _note(self, mail: Received) -> None:
        """Keep an automatic letter of ours as it left; what others sent on does not count."""
        head = BytesParser().parsebytes(mail.raw, headersonly=True)
        ours = {w.installation: address for address, w in self.shops.items()}
        us = ours.get(str(head["X-Amends-Installation"]))
        if us is None or sender_of(head) != us or head["List-Id"] or "Auto-Submitted" not in head:
            return
        number = str(head["Message-ID"]).rpartition("@")[0].rpartition(".")[2]
        local, _, domain = us.partition("@")
        for to in mail.recipients:
            if not (to.partition("+")[0].partition("@")[0] == local and to.endswith(f"@{domain}")):
                self.day.letters.append(Letter(us, to, number, self.clock.now))


def address_of(machine: str) -> str:
    """Each kind has a domain of its own."""
    return f"robot@{machine}.example"


def _machine_at(address: str) -> str | None:
    name = address.rpartition("@")[2].removesuffix(".example")
    return name if name in MACHINES else None


def _told_apart(answer: Mail, number: int) -> Mail:
    """Each answer is a mail of its own: the same bytes twice would be taken for a copy."""
    sender, to, mail = answer
    if "message-id:" in mail.lower():
        return answer
    return sender, to, f"Message-ID: <answer-{number}@robots.example>\n{mail}"


def _refuse(command: str, mail: Received) -> str | None:
    gone = command == "RCPT" and BOUNCING in mail.recipients
    return "550 5.1.1 no such user" if gone else None


@contextmanager
def _installation(
    folder: Path, address: str, server: EmbeddedMail, clock: Clock
) -> Iterator[Wiring]:
    own = folder / address.rpartition("@")[2]
    own.mkdir()
    config = write_config(
        own,
        f"sqlite:///{own / 'amends.sqlite'}",
        imap_port=server.imap_port,
        smtp_port=server.smtp_port,
        change=lambda text: text.replace(MAILBOX, address),
    )
    settings = load(config, os.environ)
    w = replace(
        wiring.wire(settings, secrets_of(settings, os.environ), now=clock),
        chance=Dice(thrown=len(address) * 1000),
        reader=InProcess(),
    )
    try:
        people.add_user(
            w, MANAGER, full_name="Li Wei", email=f"li@{own.name}", phone="1", role="manager"
        )
        yield w
    finally:
        w.db.close()


# --- the judge


def _judge(day: Day) -> None:
    """At most one letter a correspondent and case; few without a new mail by a person."""
    for one, count in Counter((one.us, one.to, one.number) for one in day.letters).items():
        if count > 1:
            day.faults.append(f"{one[0]} acknowledged {one[2]} {count} times to {one[1]}")
    by_pair: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for letter in day.letters:
        if letter.to.startswith((f"{MANAGER}@", f"{SUPERVISOR}@")):
            continue  # own people are told of time that runs out
        # Addresses of tickets are one correspondent.
        name = _machine_at(letter.to)
        by_pair[letter.us, address_of(name) if name else letter.to].append(letter.at)
    for (us, to), times in by_pair.items():
        name = _machine_at(to)
        most = _MOST_TO_MARKED if name and MACHINES[name].marked else _MOST_LETTERS
        if to.endswith("@robots.example"):
            most = 0  # no person has ever written from there
        count = _most_between(times, day.persons[us, to])
        day.most = max(day.most, count)
        if count > most:
            day.faults.append(f"{us} wrote {count} letters to {to} without a new mail by a person")


def _most_between(letters: Sequence[datetime], persons: Sequence[datetime]) -> int:
    """The most letters that left before a person wrote again."""
    counts = Counter(sum(wrote <= at for wrote in persons) for at in letters)
    return max(counts.values(), default=0)


def _nobody_was_forgotten(address: str, w: Wiring, day: Day) -> None:
    """R-1: what a person wrote is acknowledged, or a task says at once why it is not."""
    with w.db.read() as connection:
        cases = _rows(connection, tables.cases)
        told = {row["case_id"] for row in _rows(connection, tables.letters)}
        told |= {row["case_id"] for row in _rows(connection, tables.tasks)}
        broken = [fault for one in cases for fault in history.faults(connection, one["id"])]
    day.cases += len(cases)
    day.faults += [f"{address}: {fault}" for fault in broken]
    silent = [one["number"] for one in cases if one["id"] not in told]
    day.faults += [f"{address}: {number} has neither letter nor task" for number in silent]
    registered = Counter(one["subject"] for one in cases)
    for subject in day.subjects[address]:
        # The other installation writes as a machine would not: it is a customer like others.
        if registered[subject] < len(MACHINES) + 2:
            day.faults.append(f"{address}: {registered[subject]} cases of {subject!r}")


def _rows(connection: Any, table: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def main(arguments: Sequence[str]) -> int:
    """Run the day and print it. 1 when somebody was written to too often."""
    parser = argparse.ArgumentParser(prog="./run fault loops")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="amends-loops-") as folder:
        day = run(Path(folder), hours=given.hours, seed=given.seed)
    sys.stdout.write(f"{day}\nseed {given.seed}, {given.hours} hours\n")
    return 1 if day.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
