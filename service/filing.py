"""A mail joins a case: it is filed, and what it answers is understood (R-29)."""

from __future__ import annotations

from typing import Any, Final

from intake.mail import Mail
from service.answering import understand
from service.arrived import Arrived
from service.bounces import came_back
from service.fingerprint import fingerprint
from service.judge import Place
from service.tasks import open_task
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
    mail = arrived.mail
    rows = [Insert(tables.messages, _message_row(arrived, message_id, case, place))]
    rows += [
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
            },
        )
        for one in mail.attachments
    ]
    if case is None:
        h.book.aside(*rows)
    else:
        h.record(case.id, "message_filed", *rows)


def _message_row(
    arrived: Arrived, message_id: int, case: Case | None, place: Place
) -> dict[str, Any]:
    mail = arrived.mail
    people = {"to": mail.to, "cc": mail.cc, "reply_to": mail.reply_to}
    return {
        "id": message_id,
        "case_id": case.id if case else None,
        "direction": "in",
        "mailbox": arrived.sighting.mailbox,
        "raw_sha256": mail.sha256,
        "kind": arrived.screened.kind,
        "reason": place.reason,
        "from_address": mail.from_.address if mail.from_ else None,
        "from_name": mail.from_.name if mail.from_ else None,
        "proven_sender": mail.proven_sender,
        "authentication": arrived.authentication.row(),
        "third_party": place.third_party,
        "recipients": {
            role: [[one.name, one.address] for one in every] for role, every in people.items()
        },
        "subject": mail.subject,
        "message_id": mail.message_id,
        "fingerprint": fingerprint(mail),
        "reference_ids": list(dict.fromkeys((*mail.references, *mail.in_reply_to))),
        "written_at": mail.date,
        "arrived_at": arrived.sighting.internal_date,
        "language": mail.language,
        "defects": list(mail.defects),
        "text": mail.text,
        "new_text": mail.new_text,
    }


def remember_thread(h: Happening, mail: Mail, case: Case) -> None:
    """So that the next mail of this thread finds the case, whatever it answers."""
    if case.customer_id is None:
        return
    own = (mail.message_id,) if mail.message_id else ()
    keys = dict.fromkeys((*own, *mail.in_reply_to, *mail.references))
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
    file_mail(h, arrived, case, place, message_id)
    kind = arrived.screened.kind
    if kind in QUIET:
        return case
    if kind == "bounce":
        came_back(h, arrived, case, place, message_id)
        return case
    if place.third_party:
        open_task(
            h,
            case.id,
            "third_party_mail",
            "somebody else wrote with one of our letters in hand",
            message_id=message_id,
        )
        return case
    remember_thread(h, arrived.mail, case)
    return understand(h, arrived, case, place, sender, letters, message_id)
