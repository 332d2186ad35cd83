"""A mail a day for whoever has open cases: what is due, late, to be done, awaited (R-10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.clocks import end_of
from service.people import RIGHTS
from service.presence import Staff, staff
from service.warning import letter_to_own, promise_facts
from service.wiring import Happening, Wiring
from storage import digests
from storage.database import Connection
from storage.records import User

_MOST: Final = 50  # lines of one kind; the desk shows the rest


def send_digests(w: Wiring) -> int:
    """Promise the digests whose hour has come; return how many users were seen to.

    Each once a day, over restarts and on several nodes: the user's row says for which day. After an
    outage the day's own is sent late, and those of the days before are not.
    """
    if w.settings.company.digest_hour < 0:
        return 0
    with w.db.read() as connection:
        here = staff(connection, w.now())
        due = [one for one in here.users.values() if _is_due(w, one)]
    for user in due:
        with w.happening("clock:digest", f"digest:{user.name}") as h:
            if digests.take(h.book.tx, user.id, _today(h.at, user)):
                _send(h, user, here)
    return len(due)


def _is_due(w: Wiring, user: User) -> bool:
    if not user.email or user.role not in RIGHTS["letter"]:
        return False
    now = w.now()
    day = _today(now, user)
    if user.digest_on is not None and user.digest_on >= day:
        return False
    if now.astimezone(ZoneInfo(user.timezone)).hour < w.settings.company.digest_hour:
        return False
    return bool(w.calendar(w.settings.company.calendar, now).open_on(day))


def _today(at: datetime, user: User) -> date:
    return at.astimezone(ZoneInfo(user.timezone)).date()


def _send(h: Happening, user: User, here: Staff) -> None:
    reader = here.here(user.name)
    told = contents(h, h.book.tx, user)
    if reader is None or not reader.email or not any(told.values()):
        return
    facts: dict[str, Any] = {**told, "instead_of": user.full_name if reader != user else ""}
    day = _today(h.at, user)
    key = f"digest:{user.name}:{day}"
    letter_to_own(h, (reader.full_name, reader.email), "digest", facts, key=key)


def contents(h: Happening, connection: Connection, user: User) -> dict[str, Any]:
    """What the digest of this user tells today; nothing where all is empty."""
    zone, w = ZoneInfo(user.timezone), h.wiring
    calendar = w.calendar(w.settings.company.calendar, h.at)
    today = _today(h.at, user)
    until = datetime.combine(today + timedelta(days=2), datetime.min.time(), zone)
    promises = [
        {"number": one.number, "subject": one.subject, **promise_facts(h, one.name, one.due_at)}
        for one in digests.clocks(connection, user.name, until)
    ]
    measures = [
        {
            "number": one.number,
            "subject": one.text,
            **promise_facts(h, "measure", end_of(one.due_on, calendar)),
        }
        for one in digests.measures(connection, user.name, today + timedelta(days=1))
    ]
    tasks = [
        {"number": one.number, "subject": one.subject, "what": one.reason}
        for one in digests.tasks(connection, user.name)
    ]
    return {
        "items": [*promises, *measures][:_MOST],
        "tasks": tasks[:_MOST],
        "waiting": digests.waiting(connection, user.name)[:_MOST],
    }
