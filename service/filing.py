"""A mail joins a case: it is filed, and what it answers is understood (R-29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.answers import Answer, Asked, read
from cases.errors import IllegalStep
from cases.lifecycle import Event
from intake.mail import Mail, Screened
from service.authority import authority
from service.judge import Place
from service.steps import Because, take_step
from service.tasks import open_task
from service.wiring import Happening
from storage import lookup, tables
from storage.book import Insert
from storage.ledger import Sighting
from storage.records import Case, Letter

# which certain answers act, by what was asked. Everything else is a task.
ACTS: Final[Mapping[tuple[str, str], Event]] = {
    ("approval", "approve"): Event.APPROVED,
    ("approval", "reject"): Event.REJECTED,
    ("proposal", "choose"): Event.OPTION_CHOSEN,
    ("proposal", "reject"): Event.PROPOSAL_REFUSED,
}
# Filed without a task: nobody wrote them, and nobody waits for an answer.
QUIET: Final = frozenset({"auto_reply", "receipt"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail with all that is known of it before the database is asked."""

    sighting: Sighting
    mail: Mail
    screened: Screened


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
        "third_party": place.third_party,
        "recipients": {
            role: [[one.name, one.address] for one in every] for role, every in people.items()
        },
        "subject": mail.subject,
        "message_id": mail.message_id,
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


def join(h: Happening, arrived: Arrived, case: Case, place: Place, letters: list[Letter]) -> Case:
    """File a mail in its case and let it do what it may. Return the case afterwards."""
    message_id = h.new_id()
    file_mail(h, arrived, case, place, message_id)
    kind = arrived.screened.kind
    if place.third_party:
        open_task(
            h,
            case.id,
            "third_party_mail",
            "somebody else wrote with one of our letters in hand",
            message_id=message_id,
        )
        return case
    if kind in QUIET:
        return case
    if kind == "bounce":
        open_task(h, case.id, "bounce", "a letter came back", message_id=message_id)
        return case
    remember_thread(h, arrived.mail, case)
    return _understand(h, arrived, case, place, letters, message_id)


def _understand(
    h: Happening,
    arrived: Arrived,
    case: Case,
    place: Place,
    letters: list[Letter],
    message_id: int,
) -> Case:
    asked = _asked_letter(place, letters)
    question = _asked(asked)
    answer = read(arrived.mail.new_text, question)
    record = lookup.contact(h.book.tx, case.contact_id) if case.contact_id else None
    may, why = authority(arrived.mail, arrived.screened, case, record, place.token, asked, h.at)
    event = _event(answer, question)
    after = case
    reason = f"{answer.verdict} is not understood with certainty" if not answer.certain else why
    if event is not None and answer.certain and may:
        because = Because(arrived.sighting.internal_date, message_id, answer.phrase)
        try:
            after = take_step(h, case, event, because)
        except IllegalStep as error:
            reason = error.what
    acted = after is not case
    _note_answer(h, case, message_id, asked, answer, acted=acted, authority=why)
    if not acted:
        open_task(
            h,
            case.id,
            "read_reply",
            reason,
            message_id=message_id,
            suggestion=_suggestion(answer, event),
        )
    elif event in (Event.OPTION_CHOSEN, Event.PROPOSAL_ACCEPTED, Event.PROPOSAL_REFUSED):
        open_task(
            h, case.id, event.value, f"the customer wrote: {answer.phrase}", message_id=message_id
        )
    return after


def _asked_letter(place: Place, letters: list[Letter]) -> Letter | None:
    """The letter whose token came back, else the latest that asks."""
    if place.token is not None:
        for letter in letters:
            if letter.id == place.token.letter_id:
                return letter
    return letters[-1] if letters else None


def _asked(letter: Letter | None) -> Asked:
    if letter is None or letter.asks is None:
        return Asked("nothing", ())
    options = tuple(str(option["letter"]) for option in letter.facts.get("options", ()))
    kinds: dict[str, Asked] = {
        "approval": Asked("approval", ()),
        "proposal": Asked("proposal", options),
        "question": Asked("question", ()),
    }
    return kinds[letter.asks]


def _event(answer: Answer, asked: Asked) -> Event | None:
    if asked.kind == "proposal" and answer.verdict == "approve" and len(asked.options) == 1:
        return Event.PROPOSAL_ACCEPTED  # one option acts, several are a task
    return ACTS.get((asked.kind, answer.verdict))


def _suggestion(answer: Answer, event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {"verdict": answer.verdict, "option": answer.option, "phrase": answer.phrase}


def _note_answer(
    h: Happening,
    case: Case,
    message_id: int,
    asked: Letter | None,
    answer: Answer,
    *,
    acted: bool,
    authority: str,
) -> None:
    h.record(
        case.id,
        "answer_read",
        Insert(
            tables.answers,
            {
                "id": h.new_id(),
                "case_id": case.id,
                "message_id": message_id,
                "letter_id": asked.id if asked else None,
                "verdict": answer.verdict,
                "option": answer.option,
                "change": answer.change,
                "phrase": answer.phrase,
                "rule": answer.rule,
                "certain": answer.certain,
                "acted": acted,
                "authority": authority,
            },
        ),
    )
