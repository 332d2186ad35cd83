"""A rehearsal: mails go the whole road on a throw-away database, and nothing leaves the process.

What is different from `amends serve` is only the outside: mails come from files, business time is
turned from one arrival to the next, and letters are remembered instead of carried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from config.secrets import Secrets
from config.settings import Database, Evidence, Settings
from intake.files import MailFile
from intake.mailbox.imap import BYTES_PER_BATCH, Fetched
from mailer.remember import RememberingCarrier
from service import wiring
from service.delivering import deliver_due
from service.reading import InProcess
from service.registrar import BATCH, register_waiting
from service.seeing import seen
from service.striking import strike_due
from service.wiring import Wiring
from service.writing import compose_promised
from storage import casefile, history, views
from storage.database import Connection
from storage.mail_journal import View, mail_journal

_UIDVALIDITY: Final = 1
_NO_DATE: Final = datetime.max.replace(tzinfo=UTC)
_SAMPLE: Final = {
    "company": {"name": "Example Parts Ltd"},
    "mailbox": [
        {
            "name": "complaints",
            "address": "complaints@example.com",
            "host": "localhost",
            "user": "complaints@example.com",
        }
    ],
    "smtp": {"host": "localhost"},
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail and when it arrives in the rehearsal."""

    mail: MailFile
    at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have happened. `faults`: what must never be, each in one line."""

    mails: list[View]
    cases: list[View]
    outbox: list[View]
    tasks: list[View]
    carried: list[tuple[str, str, bytes]]  # sender, recipient, letter
    faults: list[str]


def sample_settings() -> Settings:
    """A company to rehearse with, where none is configured."""
    return Settings.model_validate(_SAMPLE, context={"folder": Path.cwd()})


def arrivals(mails: Iterable[MailFile], start: datetime, until: datetime) -> list[Arrival]:
    """When each mail arrives, in that order: when it was written, if that is between `start` and
    `until`; else at `start`, for its date is older than the rehearsal, or wrong."""
    dated = [(mail, _date_of(mail)) for mail in mails]
    dated.sort(key=lambda one: one[1] or _NO_DATE)
    found = [
        Arrival(mail, date if date and start <= date <= until else start) for mail, date in dated
    ]
    return sorted(found, key=lambda one: one.at)


def replay(
    settings: Settings,
    coming: Sequence[Arrival],
    mailbox: str,
    *,
    tell: Callable[[int], None] = lambda done: None,
    look: Callable[[Connection], None] = lambda connection: None,
) -> Replayed:
    """Let the mails arrive in `mailbox`. `tell` hears how many more were done; `look` sees the
    database before it is thrown away."""
    carrier = RememberingCarrier()
    with _stage(settings, coming) as stage:
        stage.play(coming, mailbox, carrier, tell)
        with stage.w.db.read() as connection:
            look(connection)
            return Replayed(
                mails=stage.told(mail_journal(connection, mailbox)),
                cases=views.case_list(connection, only_open=False)[::-1],
                outbox=views.outbox_list(connection, only_waiting=False)[::-1],
                tasks=views.task_list(connection, only_open=False),
                carried=carrier.mails,
                faults=[*stage.faults, *_history_faults(connection)],
            )


@dataclass(slots=True)
class _Stage:
    """The service of the rehearsal, the clock on its wall, and what went wrong."""

    w: Wiring
    clock: list[datetime]
    faults: list[str]
    names: dict[int, str] = field(default_factory=dict)  # by uid
    unread: list[View] = field(default_factory=list)

    def play(
        self,
        coming: Sequence[Arrival],
        mailbox: str,
        carrier: RememberingCarrier,
        tell: Callable[[int], None],
    ) -> None:
        for at, batch in _batches(coming):
            self.clock[0] = max(self.clock[0], at)
            while strike_due(self.w):
                pass
            seen(self.w, mailbox, _UIDVALIDITY, list(self._fetch(batch)))
            while register_waiting(self.w):
                pass
            while compose_promised(self.w):
                pass
            while asyncio.run(deliver_due(self.w, carrier)):
                pass
            tell(len(batch))

    def _fetch(self, batch: Sequence[Arrival]) -> Iterator[Fetched]:
        for arrival in batch:
            try:
                raw = arrival.mail.raw
            except OSError as error:
                reason = f"the file cannot be read: {error.strerror}"
                self.unread.append(_row(arrival.mail.name, "not_read", reason, {}))
                continue
            uid = len(self.names) + 1
            self.names[uid] = arrival.mail.name
            yield Fetched(uid, arrival.at, raw)

    def told(self, journal: Iterable[View]) -> list[View]:
        """What became of each mail, in the order of their arrival."""
        rows = [_row(self.names[row["uid"]], _outcome(row), row["reason"], row) for row in journal]
        waiting = [row["file"] for row in rows if row["outcome"] == "waiting"]
        self.faults += [f"{file}: not registered" for file in waiting]
        return [*rows, *self.unread]


def _row(file: str, outcome: str, reason: str | None, row: View) -> View:
    letters = row.get("letters", [])
    return {
        "file": file,
        "outcome": outcome,
        "reason": reason,
        "kind": row.get("kind"),
        "case": row.get("case"),
        "acknowledged": any(
            one["template"] == "acknowledgment" and one["state"] == "accepted" for one in letters
        ),
        "from": row.get("from"),
        "subject": row.get("subject"),
        "arrived_at": row.get("arrived_at"),
        "sha256": row.get("sha256"),
        "letters": letters,
        "tasks": row.get("tasks", []),
    }


def _outcome(row: View) -> str:
    """registered (a new case), threaded (joined one), set_aside, copy; waiting: lost by us."""
    if row["state"] != "registered":
        return "copy" if row["state"] == "copy" else "waiting"
    if row["case"] is None:
        return "set_aside"
    return "registered" if row["opened"] else "threaded"


@contextmanager
def _stage(settings: Settings, coming: Sequence[Arrival]) -> Iterator[_Stage]:
    with TemporaryDirectory(prefix="amends-replay-") as folder, _listening() as faults:
        away = {
            "database": Database(url=f"sqlite:///{folder}/amends.db"),
            "evidence": Evidence(folder=Path(folder) / "evidence"),
        }
        clock = [coming[0].at] if coming else [_NO_DATE]
        w = wiring.wire(settings.model_copy(update=away), Secrets(), now=lambda: clock[0])
        w = replace(w, reader=InProcess())
        try:
            yield _Stage(w, clock, faults)
        finally:
            w.db.close()


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What the service calls a fault of ours goes to its log; here it counts."""
    heard = _Heard(logging.ERROR)
    log = logging.getLogger("amends")
    log.addHandler(heard)
    try:
        yield heard.faults
    finally:
        log.removeHandler(heard)


class _Heard(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.faults.append(record.getMessage())


def _batches(coming: Sequence[Arrival]) -> Iterator[tuple[datetime, list[Arrival]]]:
    """Mails of one moment come together, as a mailbox would hand them out."""
    for at, group in groupby(coming, key=lambda one: one.at):
        batch: list[Arrival] = []
        held = 0
        for arrival in group:
            size = arrival.mail.length()
            if batch and (len(batch) == BATCH or held + size > BYTES_PER_BATCH):
                yield at, batch
                batch, held = [], 0
            batch.append(arrival)
            held += size
        yield at, batch


def _history_faults(connection: Connection) -> Iterator[str]:
    for case in views.case_list(connection, only_open=False):
        case_id = casefile.by_number(connection, case["number"]).id
        for fault in history.faults(connection, case_id):
            yield f"{case['number']}: {fault}"


def _date_of(mail: MailFile) -> datetime | None:
    try:
        return mail.written_at()
    except OSError:
        return None  # reading it tells why
