"""A mail arrived. T1 notes and keeps it, T2 registers it (design.md, "The road of a mail")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cases.numbers import numbers_in
from intake.clues import Clue, clues
from intake.errors import Unreadable
from intake.imap import Fetched
from intake.mail import Mail, Screened
from intake.parse import bare, read
from intake.screen import OwnAddresses, may_acknowledge, screen
from mailer.addresses import valid
from service import journal
from service.arrived import Arrived
from service.contacts import provisional
from service.filing import file_mail, join, remember_thread
from service.judge import ONLY_JOINS, Place, next_of, place, token_hash
from service.opening import Opening, open_case
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import ledger, lookup
from storage.evidence import raw
from storage.ledger import Sighting
from storage.lookup import Known
from storage.records import Case, Contact


def seen(w: Wiring, mailbox: str, uidvalidity: int, fetched: Sequence[Fetched]) -> None:
    """T1: the mails are durable and known before anybody reads them."""
    raws = [raw(one.raw) for one in fetched]
    w.evidence.prepare(raws)
    at = w.now()
    with w.db.write() as tx:
        w.evidence.keep(tx, raws, at)
        ledger.see(
            tx,
            [
                # A server's clock may run ahead; a deadline must not begin in the future.
                Sighting(
                    mailbox, uidvalidity, one.uid, mail.sha256, min(one.internal_date or at, at)
                )
                for one, mail in zip(fetched, raws, strict=True)
            ],
            at,
        )


def read_mail(w: Wiring, sighting: Sighting, data: bytes) -> Arrived:
    """Read and screen one mail; one that cannot be read is a case as well."""
    try:
        mail = read(data)
    except Unreadable as error:
        return unreadable(sighting, data, str(error))
    return Arrived(sighting, mail, screen(mail, own_addresses(w)))


def unreadable(sighting: Sighting, data: bytes, reason: str) -> Arrived:
    """The little that is certain about a mail: its bytes and, at best, who sent it."""
    mail = bare(data, sighting.raw_sha256)
    mail = replace(mail, defects=(*mail.defects, reason))
    return Arrived(sighting, mail, Screened("unreadable", "unreadable"))


def own_addresses(w: Wiring) -> OwnAddresses:
    """Addresses under which this installation writes."""
    boxes = w.settings.mailbox
    return OwnAddresses(frozenset(a for box in boxes for a in (box.address, *box.aliases)))


def register(w: Wiring, batch: Sequence[Arrived]) -> None:
    """T2: one transaction for the batch. Either all of it is registered or nothing."""
    done: list[tuple[Arrived, Place, Case | None]] = []
    with w.happening("system", "mail") as h:
        known_already = ledger.registered_already(h.book.tx, [a.mail.sha256 for a in batch])
        found = {a.mail.sha256: _clues(w, a.mail) for a in batch}
        known = _look_up(h, batch, [clue for some in found.values() for clue in some])
        for arrived in batch:
            sha256 = arrived.mail.sha256
            if sha256 in known_already:
                ledger.take(h.book.tx, arrived.sighting, "copy", "same bytes", h.at)
                continue
            where = place(arrived.mail, arrived.screened, found[sha256], known)
            if ledger.take(h.book.tx, arrived.sighting, "registered", where.reason, h.at):
                known_already.add(sha256)
                done.append((arrived, where, _act(_caused(h, arrived), arrived, where, known)))
    for arrived, where, case in done:
        journal.say(
            "mail_registered",
            mailbox=arrived.sighting.mailbox,
            uid=arrived.sighting.uid,
            kind=arrived.screened.kind,
            reason=where.reason,
            case=case.number if case else "none",
        )


def _caused(h: Happening, arrived: Arrived) -> Happening:
    sender = arrived.mail.from_.address if arrived.mail.from_ else "unknown"
    return h.because(f"customer:{sender}", f"mail:{arrived.mail.sha256}")


def _clues(w: Wiring, mail: Mail) -> tuple[Clue, ...]:
    patterns = w.patterns()

    def numbers(text: str) -> tuple[str, ...]:
        return tuple(number for pattern in patterns for number in numbers_in(text, pattern))

    return tuple(clues(mail, numbers, own_addresses(w).addresses))


def _look_up(h: Happening, batch: Iterable[Arrived], every: Sequence[Clue]) -> Known:
    """All clues of the batch in one question a table; then the cases, locked, with their heirs."""
    known = lookup.look_up(
        h.book.tx,
        addresses=[a.mail.from_.address for a in batch if a.mail.from_],
        token_hashes=[token_hash(clue.value) for clue in every if clue.kind == "token"],
        message_ids=[clue.value for clue in every if clue.kind == "message_id"],
        numbers=[clue.value for clue in every if clue.kind == "number"],
    )
    wanted = {
        *(token.case_id for token in known.tokens.values()),
        *known.our_ids.values(),
        *(case for by_customer in known.keys.values() for case in by_customer.values()),
        *known.numbers.values(),
    }
    while wanted:
        h.book.lock(wanted)
        lookup.read_cases(h.book.tx, wanted, known)
        heirs = {next_of(known.cases[case]) for case in wanted}
        wanted = {heir for heir in heirs if heir is not None} - known.cases.keys()
    return known


def _act(h: Happening, arrived: Arrived, where: Place, known: Known) -> Case | None:
    if where.aside:
        file_mail(h, arrived, None, where, h.new_id())
        return None
    if where.case_id is not None:
        sender = known.contacts.get(arrived.mail.from_.address) if arrived.mail.from_ else None
        letters = known.letters.get(where.case_id, [])
        case = join(h, arrived, known.cases[where.case_id], where, sender, letters)
        known.cases[case.id] = case
        if not where.third_party and arrived.screened.kind not in ONLY_JOINS:
            _overlay_thread(known, case, arrived.mail)
        if case.successor_id is not None:
            # The rest of the batch must find the new case.
            h.book.flush()
            lookup.read_cases(h.book.tx, [case.successor_id], known)
        return case
    return _open(h, arrived, where, known)


def _open(h: Happening, arrived: Arrived, where: Place, known: Known) -> Case:
    mail = arrived.mail
    contact = _contact(h, mail, known)
    may, why_not = _may_answer(arrived, contact)
    wishes = (contact.language if contact else None, mail.language)
    message_id = h.new_id()
    case = open_case(
        h,
        Opening(
            mailbox=arrived.sighting.mailbox,
            subject=mail.subject,
            language=h.wiring.language_of(arrived.sighting.mailbox, *wishes),
            arrived_at=arrived.sighting.internal_date,
            contact=contact,
            letter="acknowledgment" if may else None,
            message_id=message_id,
        ),
    )
    file_mail(h, arrived, case, where, message_id)
    remember_thread(h, mail, case)
    _overlay(known, case, mail)
    _open_tasks(h, arrived, where, case, known, message_id, why_not)
    return case


def _may_answer(arrived: Arrived, contact: Contact | None) -> tuple[bool, str]:
    if contact is None:
        return False, "the sender is unknown or not proven"
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
        open_task(h, case.id, "acknowledgment_withheld", why_not, message_id=message_id)
    if arrived.screened.kind == "unreadable":
        open_task(h, case.id, "unreadable_mail", arrived.mail.defects[-1], message_id=message_id)
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


def _overlay(known: Known, case: Case, mail: Mail) -> None:
    """What this batch registered, for the mails behind it."""
    known.cases[case.id] = case
    known.letters[case.id] = []
    known.numbers[case.number] = case.id
    _overlay_thread(known, case, mail)


def _overlay_thread(known: Known, case: Case, mail: Mail) -> None:
    """What `remember_thread` wrote, for the mails of this batch that answer this one."""
    if case.customer_id is None:
        return
    own = (mail.message_id,) if mail.message_id else ()
    for key in (*own, *mail.references, *mail.in_reply_to):
        known.keys.setdefault(key, {}).setdefault(case.customer_id, case.id)
