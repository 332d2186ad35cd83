"""A flood of mails by one sender: what goes beyond the measure is collected in one case.

The case has one number, one clock and one task; its mails get no acknowledgment. Replies that name
their case go there as always, and other senders notice nothing (design.md, "What becomes a case").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from service.arrived import Arrived
from service.filing import file_mail
from service.judge import Place
from service.opening import Opening, open_case
from service.tasks import open_task
from service.wiring import Happening
from storage import casefile, tables, traffic
from storage.book import Update
from storage.records import Case, Contact

BURST: Final = "burst of one sender"
_HOUR: Final = timedelta(hours=1)


def in_burst(where: Place, earlier: int, most: int) -> Place:
    """Where a mail goes before which its sender sent `earlier` others within the hour. Pure."""
    makes_a_case = where.case_id is None and not where.aside
    return replace(where, reason=BURST) if makes_a_case and earlier >= most else where


class Flood:
    """How much the senders of a batch have sent lately, and the cases that collect it."""

    def __init__(self, h: Happening, batch: Sequence[Arrived]) -> None:
        self._h = h
        self._most = h.wiring.settings.outbox.burst_per_hour
        self._earlier: dict[str, int] = {}  # by sha256, for senders who might be too many
        self._batch: defaultdict[str, list[datetime]] = defaultdict(list)
        self._cases: dict[str, Case] = {}
        self._count(batch)

    def _count(self, batch: Sequence[Arrived]) -> None:
        """One question for the batch; a second one only for the mails of a busy sender."""
        here = Counter(filter(None, map(_sender, batch)))
        if not here:
            return
        moments = [one.sighting.internal_date for one in batch]
        tx, after = self._h.book.tx, min(moments) - _HOUR
        before = traffic.mails_of_senders(tx, here, after, max(moments))
        busy = {who for who in here if here[who] + before.get(who, 0) > self._most}
        for one in batch:
            who, at = _sender(one), one.sighting.internal_date
            if who in busy:
                self._earlier[one.mail.sha256] = traffic.mails_of(
                    tx, who, at - _HOUR, at, self._most
                )

    def weighed(self, arrived: Arrived, where: Place) -> Place:
        """Where the mail really goes."""
        who, at = _sender(arrived), arrived.sighting.internal_date
        moments = self._batch[who]
        beside = sum(at - _HOUR < moment <= at for moment in moments)
        moments.append(at)
        earlier = self._earlier.get(arrived.mail.sha256)
        return where if earlier is None else in_burst(where, earlier + beside, self._most)

    def collect(
        self, h: Happening, arrived: Arrived, where: Place, contact: Callable[[], Contact | None]
    ) -> Case:
        """File the mail in the case of the burst; the first one opens it."""
        who, message_id = _sender(arrived), h.new_id()
        case = self._cases.get(who) or self._found(h, who, arrived.sighting.internal_date)
        is_new = case is None
        case = case or _opened(h, arrived, contact(), message_id)
        self._cases[who] = case
        file_mail(h, arrived, case, where, message_id)
        if is_new:
            values = {"burst_of": who}
            h.record(case.id, "burst_began", Update(tables.cases, case.id, values))
            why = (
                f"more than {self._most} mails of one sender within an hour: those that follow "
                "are collected here, and none is acknowledged"
            )
            open_task(h, case.id, "burst", why, message_id=message_id)
        return case

    def _found(self, h: Happening, who: str, at: datetime) -> Case | None:
        found = traffic.burst_of(h.book.tx, who, at)
        if found is None:
            return None
        h.book.lock([found])
        return casefile.by_id(h.book.tx, found)


def _sender(arrived: Arrived) -> str:
    return arrived.mail.from_.address if arrived.mail.from_ else ""


def _opened(h: Happening, arrived: Arrived, contact: Contact | None, message_id: int) -> Case:
    box = arrived.sighting.mailbox
    wishes = (contact.language if contact else None, arrived.mail.language)
    return open_case(
        h,
        Opening(
            mailbox=box,
            subject=arrived.mail.subject,
            language=h.wiring.language_of(box, *wishes),
            arrived_at=arrived.sighting.internal_date,
            contact=contact,
            letter=None,
            message_id=message_id,
            clocks=("acknowledgment",),
        ),
    )
