"""T2: what arrived is registered, a batch in one transaction (design.md, "The road of a mail")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from service import journal, passing_on, threads
from service.arrived import Arrived
from service.bursts import BURST, Flood
from service.colleagues import ours, seen_through
from service.filing import file_mail, join
from service.fingerprint import beside, fingerprint
from service.guessing import count_misses
from service.judge import ONLY_JOINS, Place, place, recognised
from service.newcomers import begin_case, contact_of
from service.old_mail import HELD, HOLD
from service.oversize import tell_oversize
from service.robots import Robots
from service.round_trips import SYNTHETIC, is_back
from service.seeing import own_addresses
from service.sender import authenticated
from service.terms import terms_of_many
from service.wiring import Happening, Wiring
from storage import ledger, lookup, tables
from storage.ledger import Sighting
from storage.lookup import Known
from storage.order import take_turn
from storage.people import users as users_of
from storage.records import Case

REPEATED_ID: Final = "another mail had the same Message-ID"


def register(w: Wiring, mails: Sequence[Arrived]) -> None:
    """T2: one transaction for the batch. Either all of it is registered or nothing."""
    mails = _seen_through(w, [authenticated(w, one) for one in mails])
    # What the mails say for themselves is found out before any other node has to wait.
    own = own_addresses(w).addresses
    found = {one.mail.sha256: threads.clues_of(w, one.mail, own) for one in mails}
    marks = {one.mail.sha256: fingerprint(one.sent) for one in mails}
    with w.happening("system", "mail") as h:
        take_turn(h.book.tx, "register")
        batch = _Batch(h, mails, found, marks)
        done = [one for arrived in batch.mails if (one := batch.register(arrived))]
        batch.end()
    for arrived, where, case in done:
        journal.say(
            "mail_registered",
            mailbox=arrived.sighting.mailbox,
            uid=arrived.sighting.uid,
            kind=arrived.screened.kind,
            reason=where.reason,
            case=case.number if case else "none",
        )


class _Batch:
    """What is known of all mails of a batch, and what the first ones of it add for the others."""

    def __init__(
        self,
        h: Happening,
        mails: Sequence[Arrived],
        found: threads.Found,
        marks: Mapping[str, str | None],
    ) -> None:
        self.h = h
        tx = h.book.tx
        self.waiting = ledger.held(tx, [one.sighting for one in mails])
        self.taken: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
        self.registered = ledger.registered_already(tx, [one.mail.sha256 for one in mails])
        self.found, self.marks = found, marks
        self.known = threads.look_up(h, mails, self.found)
        terms_of_many(h, self.known.cases, self.known.customers())
        h.book.read_ahead(self.known.cases, tables.cases, tables.lines, tables.clocks)
        self.originals = ledger.originals(tx, self.marks.values())
        self.flood, self.robots = Flood(h, mails), Robots(h, mails)
        count_misses(h, mails, self.found, self.known)
        self.mails = mails

    def register(self, arrived: Arrived) -> tuple[Arrived, Place, Case | None] | None:
        """Place one mail and act on it. None: nothing happened because of it."""
        arrived = recognised(arrived, self.known)
        sha256, mark = arrived.mail.sha256, self.marks[arrived.mail.sha256]
        if sha256 in self.registered:
            self._take(arrived, "same bytes", state="copy")
            return None
        if mark in self.originals:
            self.registered.add(sha256)
            self._keep_beside(arrived, self.originals[mark])
            return None
        arrived = _marked(arrived, self.known)
        where = self._placed(arrived)
        if where.aside and is_back(self.h, arrived.mail):  # our own, to see that mail comes back
            self._take(arrived, SYNTHETIC)
            return None
        if not self._take(arrived, where.reason):
            return None
        self.registered.add(sha256)
        case = self._act(_caused(self.h, arrived), arrived, where)
        if mark:
            self.originals[mark] = case.id if case else None
        return arrived, where, case

    def _take(self, arrived: Arrived, reason: str, *, state: str = "registered") -> bool:
        if arrived.sighting not in self.waiting:
            return False
        self.waiting.remove(arrived.sighting)
        self.taken[state, reason].append(arrived.sighting)
        return True

    def end(self) -> None:
        """Write down which mails wait no more."""
        for (state, reason), seen in self.taken.items():
            ledger.take(self.h.book.tx, seen, state, reason, self.h.at)

    def _placed(self, arrived: Arrived) -> Place:
        found = self.found[arrived.mail.sha256]
        every = threads.with_references(arrived.mail, found, self.known)
        where = place(arrived.mail, arrived.screened, every, self.known)
        return passing_on.weighed(arrived, self.flood.weighed(arrived, where))

    def _keep_beside(self, arrived: Arrived, original: int | None) -> None:
        """The same mail in other bytes: kept beside the first, and nothing else happens."""
        where = beside(original)
        if not self._take(arrived, where.reason):
            return
        case = None
        if original is not None:
            lookup.read_cases(self.h.book.tx, {original} - self.known.cases.keys(), self.known)
            case = self.known.cases[original]
        h = _caused(self.h, arrived)
        file_mail(h, arrived, case, where, h.new_id())

    def _act(self, h: Happening, arrived: Arrived, where: Place) -> Case | None:
        if where.reason == BURST:
            new = partial(contact_of, h, arrived.mail, self.known)
            return self.flood.collect(h, arrived, where, new)
        if where.aside:
            file_mail(h, arrived, None, where, h.new_id())
            return None
        if where.case_id is None:
            case = begin_case(h, arrived, where, self.known, self.robots)
        else:
            case = self._join(h, arrived, where, self.known.cases[where.case_id])
        self.robots.note(arrived)
        tell_oversize(h, arrived.sighting, case.id)
        return case

    def _join(self, h: Happening, arrived: Arrived, where: Place, case: Case) -> Case:
        known = self.known
        if arrived.passed_on:
            joined = passing_on.join(h, arrived, case, where)
        else:
            sender = known.contacts.get(arrived.mail.from_.address) if arrived.mail.from_ else None
            joined = join(h, arrived, case, where, sender, known.letters.get(case.id, []))
        known.cases[joined.id] = joined
        if joined.id != case.id:  # a complaint of its own, in an answer to a closed case
            threads.add_case(known, joined, arrived.mail, None)
        if not where.third_party and arrived.screened.kind not in ONLY_JOINS:
            threads.add_mail(known, joined, arrived.mail)
        if joined.successor_id is not None:
            h.book.flush()  # the rest of the batch must find the new case
            lookup.read_cases(h.book.tx, [joined.successor_id], known)
        return joined


def _seen_through(w: Wiring, batch: Sequence[Arrived]) -> list[Arrived]:
    """Mails that colleagues sent for customers, as mails of those customers (R-31)."""
    settings = w.settings
    with w.db.read() as connection:
        users = frozenset(one.email for one in users_of(connection) if one.enabled)
    us = {name: ours(settings, users, name) for name in {a.sighting.mailbox for a in batch}}
    return [seen_through(one, us[one.sighting.mailbox]) for one in batch]


def _marked(arrived: Arrived, known: Known) -> Arrived:
    """A Message-ID decides nothing about "seen already"; that it came before is told (4.1)."""
    if arrived.mail.message_id not in known.used_ids:
        return arrived
    defects = (*arrived.mail.defects, REPEATED_ID)
    return replace(arrived, mail=replace(arrived.mail, defects=defects))


def _caused(h: Happening, arrived: Arrived) -> Happening:
    sender = arrived.mail.from_.address if arrived.mail.from_ else "unknown"
    hold = HELD if arrived.sighting.caution == HOLD else ""
    found = arrived.passed_on
    actor = passing_on.actor_of(h, found) if found else f"customer:{sender}"
    return h.because(actor, f"mail:{arrived.mail.sha256}", hold=hold)
