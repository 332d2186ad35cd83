"""A wired shop for tests: the embedded mail server, a clock to turn, dice that repeat themselves.

with open_shop(folder, url) as shop:
    shop.customer(RING).write(MAILBOX, "Thread too wide", "The core hole measures 2.5 mm.")
    shop.serve()
    assert shop.case("KS2026-001")["state"] == "registered"
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, update

from config.load import load
from config.secrets import secrets_of
from config.settings import Settings
from demo.customer import Customer
from demo.mail_server import HOST, EmbeddedMail
from demo.shop import MAILBOX, MANAGER, PLATE, RING
from service import clocks, people, wiring
from service.customers import Person, add_customer
from service.daemon import Fault, serve_once
from service.reading import InProcess
from service.resolving import Ending, resolve
from service.wiring import Chance, Wiring
from service.words import Letters, letters
from service.writing import Written, write_letter
from storage import casefile, history, tables, views
from tests.acts import set_case
from tests.ready import fill

EVE: Final = Person("Eve Stranger", "eve@elsewhere.example")
KLAUS: Final = Person("Klaus Kern", "klaus@sensorik.example")  # Jana's colleague, not known yet
BOB: Final = Person("Bob Sales", "bob@parts.example")  # of the company, but no user of the desk
PASSWORD: Final = "CANARY-mailbox-password"
SUPERVISOR: Final = "sam"
VIEWER: Final = "vera"
# A Monday, 10:00 in Berlin.
START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_CONFIG: Final = """\
[company]
name = "Example Precision Parts"
timezone = "Europe/Berlin"
manager = "li"
{company}
[calendar.default]
country = "DE"
subdivision = "BY"

[database]
url = "{url}"

[[mailbox]]
name = "complaints"
address = "{mailbox}"
host = "{host}"
port = {imap_port}
security = "plain"
user = "{mailbox}"
password_file = "mailbox.password"
first_start = "all"
acknowledge_old = true
poll_seconds = 5
timeout_seconds = 5
{in_mailbox}
[desk]
port = 0

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"
timeout_seconds = 5

[outbox]
lease_seconds = 60

[log]
level = "debug"
"""


@dataclass
class Clock:
    """Business time: it stands still until it is turned."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Turn it, as in `forward(days=3)`."""
        self.now += timedelta(**span)


@dataclass
class Dice(Chance):
    """Randomness that is the same in every run."""

    thrown: int = 0

    def _next(self) -> bytes:
        self.thrown += 1
        return hashlib.sha256(str(self.thrown).encode()).digest()[:16]

    def token(self) -> str:
        return base64.b32encode(self._next()).decode().rstrip("=").lower()

    def salt(self) -> str:
        return self._next().hex()

    def below(self, limit: int) -> int:
        return int.from_bytes(self._next()) % limit

    def jitter(self) -> float:
        return 0.0


@dataclass
class Shop:
    """A running shop, and what tests ask of it."""

    w: Wiring
    server: EmbeddedMail
    clock: Clock
    config: Path

    def customer(self, person: Person) -> Customer:
        """The person's mail program."""
        return Customer(self.server, person.name, person.address)

    def serve(self) -> tuple[Fault, ...]:
        """One pass of the service: `amends serve --once`."""
        return serve_once(self.w)

    def restart(self) -> None:
        """The service ends and starts again, with the same dice."""
        self.w.db.close()
        self.w = replace(_wired(self.config, self.clock), chance=self.w.chance)

    # --- what a manager does

    def confirm(self, number: str, user: str = MANAGER) -> None:
        """Confirm the first line, so that a proposal may leave (R-27)."""
        set_case(self.w, number, {"part_name": "Ring"}, user, line=1)

    def letter(self, number: str, template: str, **facts: Any) -> Written:
        """Write and queue a letter."""
        return write_letter(self.w, number, template, facts, MANAGER, send=True)

    def ask_approval(self, number: str) -> None:
        """Take the short way to the question: work, results, a pass of the service."""
        set_case(self.w, number, {"state": "analysis"}, MANAGER)
        self.letter(number, "results", results="All parts were made anew.")
        assert self.serve() == ()

    def resolve(self, task_id: int, how: str, why: str, user: str) -> None:
        """End a task."""
        with people.act(self.w, user, "task") as h:
            resolve(h, task_id, Ending(how, why))

    # --- what stands in the database

    def case(self, number: str) -> dict[str, Any]:
        """Everything that hangs on a case."""
        with self.w.db.read() as connection:
            return views.case_show(connection, casefile.by_number(connection, number))

    def promise(self, number: str, name: str = "acknowledgment") -> dict[str, Any]:
        """The one clock of this name in a case."""
        (found,) = (one for one in self.case(number)["clocks"] if one["name"] == name)
        return dict(found)

    def ask_only_for(self, name: str) -> None:
        """Nobody waits for the other promises any more, in any case."""
        with self.w.happening("system", "test") as h:
            for number in self.numbers():
                case = casefile.locked(h.book, number)
                others = [one for one in clocks.running(h, case.id) if one.name != name]
                clocks.cancel_these(h, others, "test", "only one is looked at")

    def numbers(self) -> list[str]:
        """The numbers of all cases, oldest first."""
        with self.w.db.read() as connection:
            found = views.case_list(connection, only_open=False)
        return [str(one["number"]) for one in reversed(found)]

    def tasks(self, *, every: bool = False) -> list[dict[str, Any]]:
        """Open tasks, or all."""
        with self.w.db.read() as connection:
            return views.task_list(connection, only_open=not every)

    def kinds(self) -> list[str]:
        """The kinds of the open tasks."""
        return [str(task["kind"]) for task in self.tasks()]

    def faults(self) -> dict[str, tuple[str, ...]]:
        """What is wrong with any history."""
        with self.w.db.read() as connection:
            ids = connection.execute(select(tables.cases.c.number, tables.cases.c.id))
            every = {row.number: history.faults(connection, row.id) for row in ids}
        return {number: found for number, found in every.items() if found}

    def steps(self, number: str) -> list[history.Step]:
        """The history of a case."""
        with self.w.db.read() as connection:
            return history.steps(connection, casefile.by_number(connection, number).id)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, in the order of its key: ids grow."""
        table = tables.metadata.tables[name]
        with self.w.db.read() as connection:
            found = connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row._mapping) for row in found]

    def spoil_evidence(self, sha256: str) -> None:
        """Somebody altered a mail that is kept as a row."""
        raws = tables.raws
        with self.w.db.write() as tx:
            tx.execute(update(raws).where(raws.c.sha256 == sha256).values(data=b"other bytes"))

    def let_leases_run_out(self) -> None:
        """What the database's clock would do by itself, without waiting for it."""
        with self.w.db.write() as tx:
            tx.execute(update(tables.deliveries).values(lease_until=0))


@contextmanager
def open_shop(
    folder: Path,
    url: str,
    *,
    company: str = "",
    in_mailbox: str = "",
    smtp_port: int | None = None,
    server: EmbeddedMail | None = None,
) -> Iterator[Shop]:
    """A shop with a manager, a supervisor, a viewer and two customers; Eve is known to nobody."""
    clock = Clock()
    people_here = (MAILBOX, RING.address, PLATE.address, EVE.address, BOB.address, KLAUS.address)
    with EmbeddedMail(dict.fromkeys(people_here, PASSWORD), clock=clock) as own:
        mail = server or own
        config = write_config(
            folder,
            url,
            imap_port=mail.imap_port,
            smtp_port=smtp_port or mail.smtp_port,
            company=company,
            in_mailbox=in_mailbox,
        )
        fill(url)
        shop = Shop(_wired(config, clock), mail, clock, config)
        try:
            _settle(shop.w)
            yield shop
        finally:
            shop.w.db.close()


def write_config(
    folder: Path,
    url: str,
    *,
    imap_port: int,
    smtp_port: int,
    company: str = "",
    in_mailbox: str = "",
    change: Callable[[str], str] = str,
) -> Path:
    """Write `amends.toml` and the password it names; `change` spoils it."""
    secret = folder / "mailbox.password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD)
    config = folder / "amends.toml"
    # What most tests are not about; a test that is names the key itself.
    quiet = {"tell_new_cases": "false", "digest_hour": "-1"}
    # First: what is given may go on with other tables.
    company = (
        "".join(f"{key} = {at}\n" for key, at in quiet.items() if key not in company) + company
    )
    text = _CONFIG.format(
        url=url,
        host=HOST,
        mailbox=MAILBOX,
        imap_port=imap_port,
        smtp_port=smtp_port,
        company=company,
        in_mailbox=in_mailbox,
    )
    config.write_text(change(text))
    return config


def _wired(config: Path, clock: Clock) -> Wiring:
    settings = load(config, os.environ)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "letters", letters_once)
        made = wiring.wire(settings, secrets_of(settings, os.environ), now=clock)
    return replace(made, chance=Dice(), reader=InProcess())


def letters_once(settings: Settings) -> Letters:
    """The letters, compiled once for all tests that use the same folder (1 s)."""
    made = (settings.company.templates, settings.company.languages)
    if made not in _compiled:
        _compiled[made] = _compile(settings)
        _compiled[made].check()
    return _compiled[made]


_compile: Final = letters
_compiled: Final[dict[tuple[object, ...], Letters]] = {}


def _settle(w: Wiring) -> None:
    staff = ((MANAGER, "Li Wei", "manager"), (SUPERVISOR, "Sam Roth", "supervisor"))
    for name, full_name, role in (*staff, (VIEWER, "Vera Blau", "viewer")):
        people.add_user(
            w,
            name,
            full_name=full_name,
            email=f"{name}@parts.example",
            phone="+86 755 5550 1234",
            role=role,
        )
    add_customer(w, "RK29", "Beispiel Sensorik GmbH", [RING])
    add_customer(w, "RK48", "Kern Anlagenbau", [PLATE])
