"""A mail joins a case: it is filed, and what it answers is understood (R-29)."""

from __future__ import annotations

from typing import Any, Final

from intake.clues import thread_keys
from intake.mail import Mail
from service.after_closing import is_new_complaint, open_anew
from service.answering import understand
from service.arrived import Arrived
from service.authority import is_approver
from service.bounces import came_back
from service.fingerprint import fingerprint
from service.found_later import tell_found
from service.judge import Place
from service.tasks import open_task
from service.terms import terms_of
from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case, Contact, Letter

# Filed without a task: nobody wrote them, and nobody waits for an answer.
QUIET: Final = frozenset({"auto_reply", "receipt"})


def file_mail(
    h: Happening, arrived: Arrived, case: Case | None, place: Place, message_id: int
) -> None:
    """Write the message and its attachments."""
    rows = [Insert(tables.messages, _message_row(arrived, message_id, case, place))]
    rows += attachment_rows(h, arrived.mail, message_id, case)
    if case is None:
        h.book.aside(*rows)
    else:
        h.record(case.id, "message_filed", *rows)


def attachment_rows(h: Happening, mail: Mail, message_id: int, case: Case | None) -> list[Insert]:
    """The files of a message."""
    return [
        Insert(
            tables.attachments,
            {
                "id": h.new_id(),
                "message_id": message_id,
                "case_id": case.id if case else None,
                "part": one.part,
                "name": one.name,
                "content_type": one.content_type,
                "size": one.size,
                "sha256": one.sha256,
                "inline": one.inline,
                "content_id": one.content_id,
                "sniffed": one.sniffed,
            },
        )
        for one in mail.attachments
    ]


def _message_row(
    arrived: Arrived, message_id: int, case: Case | None, place: Place
) -> dict[str, Any]:
    return {
        "id": message_id,
        "case_id": case.id if case else None,
        "direction": "in",
        "mailbox": arrived.sighting.mailbox,
        "raw_sha256": arrived.mail.sha256,
        "reason": place.reason,
        "third_party": place.third_party,
        "arrived_at": arrived.sighting.internal_date,
        **said_by(arrived),
    }


def said_by(arrived: Arrived) -> dict[str, Any]:
    """What its reader made of a mail."""
    mail = arrived.sent
    people = {"to": mail.to, "cc": mail.cc, "reply_to": mail.reply_to}
    return {
        "kind": arrived.screened.kind,
        "from_address": mail.from_.address if mail.from_ else None,
        "from_name": mail.from_.name if mail.from_ else None,
        "proven_sender": mail.proven_sender,
        "authentication": arrived.authentication.row(),
        "recipients": {
            role: [[one.name, one.address] for one in every] for role, every in people.items()
        },
        "subject": mail.subject,
        "message_id": mail.message_id,
        "fingerprint": fingerprint(mail),
        "reference_ids": list(dict.fromkeys((*mail.references, *mail.in_reply_to))),
        "written_at": mail.date,
        "language": mail.language,
        "defects": list(arrived.mail.defects),
        "forwarded": arrived.passed_on.row() if arrived.passed_on else None,
        "text": mail.text,
        "new_text": mail.new_text,
    }


def remember_thread(h: Happening, mail: Mail, case: Case) -> None:
    """So that the next mail of this thread finds the case, whatever it answers."""
    if case.customer_id is None:
        return
    keys = thread_keys(mail)
    h.book.unless_there(
        *(
            Insert(
                tables.thread_keys,
                {"customer_id": case.customer_id, "key": key, "case_id": case.id},
            )
            for key in keys
        )
    )


def join(
    h: Happening,
    arrived: Arrived,
    case: Case,
    place: Place,
    sender: Contact | None,
    letters: list[Letter],
) -> Case:
    """File a mail in its case and let it do what it may. Return the case afterwards."""
    message_id = h.new_id()
    if sender is not None and is_new_complaint(h, arrived, case, sender):
        new = open_anew(h, arrived, case, sender, message_id)
        file_mail(h, arrived, new, place, message_id)
        remember_thread(h, arrived.mail, new)
        return new
    file_mail(h, arrived, case, place, message_id)
    kind = arrived.screened.kind
    if kind in QUIET:
        return case
    if kind == "bounce":
        came_back(h, arrived, case, place, message_id)
        return case
    if place.third_party and not _may_decide(h, arrived, case, sender):
        open_task(
            h,
            case.id,
            "third_party_mail",
            "somebody else wrote with one of our letters in hand",
            message_id=message_id,
        )
        return case
    remember_thread(h, arrived.mail, case)
    tell_found(h, arrived, case, message_id)
    return understand(h, arrived, case, place, sender, letters, message_id)


def _may_decide(h: Happening, arrived: Arrived, case: Case, sender: Contact | None) -> bool:
    """Whom the terms name is no stranger, though he never wrote before."""
    return is_approver(arrived, case, sender, terms_of(h, case).many("approvers"))
