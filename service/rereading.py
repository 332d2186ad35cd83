"""Mails that could not be read are read again: by a newer program at its start, or by a command.

Each was registered at once, with its number and its clock (R-1); what it says is added later.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from service import journal
from service.arrived import Arrived
from service.editing import LINE_FIELDS
from service.filing import attachment_rows, remember_thread, said_by
from service.found import case_values, line_values
from service.seeing import arrived_as, own_addresses, unread
from service.sender import authenticated
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import casefile, tables
from storage import unreadable as store
from storage.book import Insert, Update
from storage.records import Case
from storage.unreadable import Unreadable

READ_AGAIN: Final = "mail_read_again"
_UNREADABLE: Final = "unreadable_mail"
_WRITTEN: Final = (*LINE_FIELDS, "confirmed_by")
_WHY: Final = "the mail can be read now: see whether it belongs here, and who wrote it"


class Rereading:
    """One go through all unreadable mails, a mail at a time, as the slow lane has room."""

    def __init__(self, w: Wiring, actor: str = "", program: str = "") -> None:
        """With an `actor` whatever was tried before; else once for each version of the program."""
        self._w = w
        self._actor = actor or "system"
        self._always = bool(actor)
        self._version = program or version("amends")
        self._left: list[Unreadable] | None = None
        self.read = 0

    def begin(self) -> list[Unreadable]:
        """Find them, before this program adds others that it cannot read. TryLater."""
        if self._left is None:
            self._left = self._due()
        return self._left

    def next(self) -> bool:
        """Try one more; False: there is none, or the reader is still busy with it. TryLater."""
        left = self.begin()
        if not left:
            return False
        one = left[0]
        (reading,) = self._w.reader.read(
            unread(self._w, [one.sighting]), (), own_addresses(self._w)
        )
        if reading is None and one.sighting.raw_sha256 in self._w.reader.busy():
            return False
        if reading is not None and reading.screened.kind != "unreadable":
            self._enter(one, authenticated(self._w, arrived_as(one.sighting, reading)))
            self.read += 1
        left.pop(0)
        if not left:
            self._note()
        return True

    def all(self) -> int:
        """Try all of them now; return how many can be read."""
        while self.next() or self._w.reader.wait():
            pass
        return self.read

    def _due(self) -> list[Unreadable]:
        with self._w.db.read() as connection:
            if not self._always and store.tried_by(connection, self._version):
                return []
            found = store.unreadable(connection)
        if not found:
            self._note()
        return found

    def _note(self) -> None:
        with self._w.db.write() as tx:
            store.note_tried(tx, self._version, self._w.now())

    def _enter(self, one: Unreadable, arrived: Arrived) -> None:
        with self._w.happening(self._actor, f"mail:{arrived.mail.sha256}") as h:
            _enter(h, one, arrived)
        journal.say("mail_read_again", mail=arrived.mail.sha256[:12], kind=arrived.screened.kind)


def _enter(h: Happening, one: Unreadable, arrived: Arrived) -> None:
    h.book.lock([one.case_id])
    now = casefile.message(h.book.tx, one.message_id)
    if now["kind"] != "unreadable" or now["case_id"] != one.case_id:
        return  # another node was faster, or a person has moved it
    case = casefile.by_id(h.book.tx, one.case_id)
    h.record(
        case.id,
        READ_AGAIN,
        Update(tables.messages, one.message_id, said_by(arrived)),
        *attachment_rows(h, arrived.mail, one.message_id, case),
        *_facts(h, case, arrived),
    )
    remember_thread(h, arrived.mail, case)
    for task in casefile.open_tasks(h.book.tx, case.id, _UNREADABLE):
        values = {"resolved_at": h.at, "resolved_by": h.actor, "resolution": "done", "why": _WHY}
        h.record(case.id, "task_resolved", Update(tables.tasks, task.id, values))
    open_task(h, case.id, READ_AGAIN, _WHY, message_id=one.message_id)


def _facts(h: Happening, case: Case, arrived: Arrived) -> list[Insert | Update]:
    """What the mail says, where nobody has written anything yet (R-23)."""
    found: list[Insert | Update] = []
    row = store.case_row(h.book.tx, case.id)
    values = {"subject": arrived.mail.subject, **case_values(arrived.facts)}
    if missing := {name: value for name, value in values.items() if value and not row[name]}:
        found.append(Update(tables.cases, case.id, missing))
    there, every = casefile.lines(h.book.tx, case.id), line_values(arrived.facts)
    if every and len(there) == 1 and not any(there[0][name] for name in _WRITTEN):
        found.append(Update(tables.lines, int(there[0]["id"]), every[0]))
        found += [
            Insert(tables.lines, {**one, "id": h.new_id(), "case_id": case.id, "position": place})
            for place, one in enumerate(every[1:], start=2)
        ]
    return found
