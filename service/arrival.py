"""A mail arrived. T1 notes and keeps it, T2 registers it (design.md, "The road of a mail")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from intake.facts.find import Patterns
from intake.kinds import spam
from intake.kinds.screen import OwnAddresses
from intake.kinds.silence import may_acknowledge
from intake.mail import Mail
from intake.mailbox.imap import Fetched
from mailer.addresses import valid
from service import journal, passing_on, threads
from service.arrived import Arrived
from service.bursts import BURST, Flood
from service.by_themselves import NO_MAILS, may_leave
from service.clocks import ON_COMPLAINT, WITHOUT_GOODS
from service.colleagues import ours, seen_through
from service.contacts import provisional
from service.filing import file_mail, join, remember_thread
from service.fingerprint import beside, fingerprint
from service.first_start import WHY_WITHHELD, WITHHELD
from service.found import case_values, formality, line_values
from service.guessing import count_misses
from service.judge import GUESSING, ONLY_JOINS, Place, place, recognised
from service.old_mail import HELD, HOLD
from service.opening import Opening, open_case
from service.oversize import is_oversize, tell_oversize
from service.reading import Reading, Unread, given_up
from service.robots import SAME_WORDS, Robots
from service.round_trips import SYNTHETIC, is_back
from service.sender import addressed, authenticated
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import ledger, lookup
from storage.evidence import ROW_LIMIT, Big, raw
from storage.ledger import Sighting
from storage.lookup import Known
from storage.order import take_turn
from storage.people import users as users_of
from storage.records import Case, Contact

# design.md "Evidence" and "Exactness": kept as it is, and read as far as a person would.
READ_OF_OVERSIZE: Final = 1024 * 1024
REPEATED_ID: Final = "another mail had the same Message-ID"
NO_CAUTIONS: Final[Mapping[int, str]] = MappingProxyType({})


def seen(
    w: Wiring,
    mailbox: str,
    uidvalidity: int,
    fetched: Sequence[Fetched],
    cautions: Mapping[int, str] = NO_CAUTIONS,
) -> None:
    """T1: the mails are durable and known before anybody reads them. `cautions`: by uid."""
    raws = [
        Big(one.file.sha256, one.file.size, one.file.path) if one.file else raw(one.raw)
        for one in fetched
    ]
    w.evidence.prepare(raws)
    at = w.now()
    with w.db.write() as tx:
        w.evidence.keep(tx, raws, at)
        ledger.see(
            tx,
            [
                # A server's clock may run ahead; a deadline must not begin in the future.
                Sighting(
                    mailbox,
                    uidvalidity,
                    one.uid,
                    mail.sha256,
                    min(one.internal_date or at, at),
                    caution=cautions.get(one.uid),
                )
                for one, mail in zip(fetched, raws, strict=True)
            ],
            at,
            decorates=w.mailbox(mailbox).decorate != "none",
        )
    w.crowd.came((mail.sha256, one.raw) for one, mail in zip(fetched, raws, strict=True))


def unread(w: Wiring, sightings: Sequence[Sighting]) -> list[Unread]:
    """What a reader is given of mails that wait; of one over the limit only the beginning.

    The first small one that is loaded brings the others along: one question for all.
    """
    small = [
        one.raw_sha256 for one in sightings if one.size <= ROW_LIMIT and not is_oversize(w, one)
    ]
    beside: dict[str, bytes] = {}

    def load(one: Sighting) -> bytes:
        if one.raw_sha256 in small:
            beside.update(w.evidence.read_rows(w.db, small))
            small.clear()
        if data := beside.pop(one.raw_sha256, None):
            return data
        if is_oversize(w, one):
            return w.evidence.read_head(w.db, one.raw_sha256, READ_OF_OVERSIZE)
        return w.evidence.read(w.db, one.raw_sha256)

    return [Unread(one.raw_sha256, one.size, partial(load, one)) for one in sightings]


def arrived_as(sighting: Sighting, reading: Reading) -> Arrived:
    """A mail that was read, under the name by which it was seen."""
    mail = reading.mail
    if mail.size < sighting.size:
        only = f"only the first {READ_OF_OVERSIZE} of {sighting.size} bytes were read"
        mail = replace(mail, size=sighting.size, defects=(*mail.defects, only))
    # Not the child's word: what is registered as done is the mail that was kept in T1.
    mail = replace(mail, sha256=sighting.raw_sha256)
    return Arrived(sighting, mail, reading.screened, reading.facts)


def unreadable(arrived: Arrived, data: bytes, reason: str) -> Arrived:
    """The same mail with the little that is certain about it."""
    return arrived_as(arrived.sighting, given_up(data, arrived.sighting.raw_sha256, reason))


def own_addresses(w: Wiring) -> OwnAddresses:
    """Addresses under which this installation writes."""
    boxes = w.settings.mailbox
    return OwnAddresses(
        frozenset(a for box in boxes for a in (box.address, *box.aliases)),
        installation=w.installation,
        numbers=Patterns(w.settings.facts.of_fact, w.patterns()),
    )


def register(w: Wiring, batch: Sequence[Arrived]) -> None:
    """T2: one transaction for the batch. Either all of it is registered or nothing."""
    done: list[tuple[Arrived, Place, Case | None]] = []
    batch = [authenticated(w, one) for one in batch]
    with w.happening("system", "mail") as h:
        take_turn(h.book.tx, "register")
        known_already = ledger.registered_already(h.book.tx, [a.mail.sha256 for a in batch])
        batch = _seen_through(h, batch)
        own = own_addresses(w).addresses
        found = {a.mail.sha256: threads.clues_of(w, a.mail, own) for a in batch}
        known = threads.look_up(h, batch, found)
        originals = ledger.originals(h.book.tx, [fingerprint(a.sent) for a in batch])
        flood, robots = Flood(h, batch), Robots(h, batch)
        count_misses(h, batch, found, known)
        for arrived in (recognised(one, known) for one in batch):
            sha256 = arrived.mail.sha256
            if sha256 in known_already:
                ledger.take(h.book.tx, arrived.sighting, "copy", "same bytes", h.at)
                continue
            mark = fingerprint(arrived.sent)
            if mark in originals:
                _copy(_caused(h, arrived), arrived, originals[mark], known)
                known_already.add(sha256)
                continue
            arrived = _marked(arrived, known)
            every = threads.with_references(arrived.mail, found[sha256], known)
            where = place(arrived.mail, arrived.screened, every, known)
            where = passing_on.weighed(arrived, flood.weighed(arrived, where))
            if where.aside and is_back(h, arrived.mail):  # our own, to see that mail comes back
                ledger.take(h.book.tx, arrived.sighting, "registered", SYNTHETIC, h.at)
                continue
            if ledger.take(h.book.tx, arrived.sighting, "registered", where.reason, h.at):
                known_already.add(sha256)
                case = _act(_caused(h, arrived), arrived, where, known, flood, robots)
                originals |= {mark: case.id if case else None} if mark else {}
                done.append((arrived, where, case))
    for arrived, where, case in done:
        journal.say(
            "mail_registered",
            mailbox=arrived.sighting.mailbox,
            uid=arrived.sighting.uid,
            kind=arrived.screened.kind,
            reason=where.reason,
            case=case.number if case else "none",
        )


def _copy(h: Happening, arrived: Arrived, original: int | None, known: Known) -> None:
    """The same mail in other bytes: kept beside the first, and nothing happens because of it."""
    where = beside(original)
    if not ledger.take(h.book.tx, arrived.sighting, "registered", where.reason, h.at):
        return
    case = None
    if original is not None:
        lookup.read_cases(h.book.tx, {original} - known.cases.keys(), known)
        case = known.cases[original]
    file_mail(h, arrived, case, where, h.new_id())


def _seen_through(h: Happening, batch: Sequence[Arrived]) -> list[Arrived]:
    """Mails that colleagues sent for customers, as mails of those customers (R-31)."""
    settings = h.wiring.settings
    users = frozenset(one.email for one in users_of(h.book.tx) if one.enabled)
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


def _act(
    h: Happening, arrived: Arrived, where: Place, known: Known, flood: Flood, robots: Robots
) -> Case | None:
    if where.reason == BURST:
        return flood.collect(h, arrived, where, lambda: _contact(h, arrived.mail, known))
    case = _file_or_open(h, arrived, where, known, robots)
    if case is not None:
        tell_oversize(h, arrived.sighting, case.id)
    return case


def _file_or_open(
    h: Happening, arrived: Arrived, where: Place, known: Known, robots: Robots
) -> Case | None:
    if where.aside:
        file_mail(h, arrived, None, where, h.new_id())
        return None
    if where.case_id is not None:
        sender = known.contacts.get(arrived.mail.from_.address) if arrived.mail.from_ else None
        letters = known.letters.get(where.case_id, [])
        case = known.cases[where.case_id]
        if arrived.passed_on:
            case = passing_on.join(h, arrived, case, where)
        else:
            case = join(h, arrived, case, where, sender, letters)
        known.cases[case.id] = case
        if case.id != where.case_id:  # a complaint of its own, in an answer to a closed case
            threads.add_case(known, case, arrived.mail, None)
        if not where.third_party and arrived.screened.kind not in ONLY_JOINS:
            threads.add_mail(known, case, arrived.mail)
        if case.successor_id is not None:
            # The rest of the batch must find the new case.
            h.book.flush()
            lookup.read_cases(h.book.tx, [case.successor_id], known)
        return case
    return _open(h, arrived, where, known, robots)


def _open(h: Happening, arrived: Arrived, where: Place, known: Known, robots: Robots) -> Case:
    mail = arrived.mail
    contact = _contact(h, mail, known)
    may, why_not = _may_answer(arrived, contact)
    passed_on = arrived.passed_on
    if may and not passed_on and robots.repeats_itself(arrived):
        may, why_not = False, SAME_WORDS
    if may and not may_leave(h, contact):
        may, why_not = False, NO_MAILS
    robots.note(arrived, answered=may)
    wishes = (contact.language if contact else None, mail.language)
    message_id = h.new_id()
    addressee, facts = addressed(arrived, contact) if contact else (None, {})
    case = open_case(
        h,
        Opening(
            mailbox=arrived.sighting.mailbox,
            subject=mail.subject,
            language=h.wiring.language_of(arrived.sighting.mailbox, *wishes),
            arrived_at=(passed_on and passed_on.received_at) or arrived.sighting.internal_date,
            contact=addressee,
            letter="acknowledgment" if may else None,
            message_id=message_id,
            facts=facts,
            values=case_values(arrived.facts) | formality(arrived),
            lines=line_values(arrived.facts),
            clocks=WITHOUT_GOODS if arrived.screened.kind == "unreadable" else ON_COMPLAINT,
        ),
    )
    file_mail(h, arrived, case, where, message_id)
    remember_thread(h, mail, case)
    threads.add_case(known, case, mail, case_values(arrived.facts).get("customer_reference"))
    _open_tasks(h, arrived, where, case, known, message_id, why_not)
    if passed_on:
        passing_on.tell_colleague(h, case, passed_on, message_id)
    return case


def _may_answer(arrived: Arrived, contact: Contact | None) -> tuple[bool, str]:
    if arrived.sighting.caution == WITHHELD:
        return False, WHY_WITHHELD
    if arrived.passed_on and arrived.passed_on.why:
        return False, arrived.passed_on.why
    if arrived.authentication.failed:
        return False, f"the sender may be forged: {arrived.authentication.told()}"
    if contact is None:
        return False, "the sender is unknown or not proven"
    if arrived.spam and not (contact.confirmed and arrived.authentication.passed):
        return False, spam.WHY
    return may_acknowledge(arrived.mail)


def _open_tasks(
    h: Happening,
    arrived: Arrived,
    where: Place,
    case: Case,
    known: Known,
    message_id: int,
    why_not: str,
) -> None:
    if why_not:
        # Where somebody is known to write to, one click sends what was withheld.
        known_as: dict[str, Any] | None = {"acknowledge": True} if case.contact_id else None
        origin = arrived.passed_on.row() if arrived.passed_on else None
        if known_as is None and origin and origin["address"]:
            known_as = {"address": origin["address"]}
        kind = "acknowledgment_withheld"
        open_task(h, case.id, kind, why_not, message_id=message_id, suggestion=known_as)
    if arrived.screened.kind == "unreadable":
        open_task(h, case.id, "unreadable_mail", arrived.mail.defects[-1], message_id=message_id)
    if where.reason == GUESSING:
        open_task(h, case.id, "token_guessing", "the sender tries tokens", message_id=message_id)
    for other in where.suggested:
        number = known.cases[other].number
        open_task(
            h,
            case.id,
            "link_suggested",
            f"the mail names {number}",
            message_id=message_id,
            suggestion={"link": number},
        )


def _contact(h: Happening, mail: Mail, known: Known) -> Contact | None:
    """R-33: an unknown sender makes a provisional contact; a manager confirms it."""
    if mail.from_ is None or not mail.proven_sender or not valid(mail.from_.address):
        return None
    if found := known.contacts.get(mail.from_.address):
        return found
    contact = provisional(
        h, Contact(h.new_id(), h.new_id(), mail.from_.address, mail.from_.name, None)
    )
    known.contacts[contact.address] = contact
    return contact
