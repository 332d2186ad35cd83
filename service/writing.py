"""The outbox's first half: promised letters are composed, a manager's letters frozen at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cases.errors import AmendsError, BadInput, TryLater
from cases.lifecycle import Event, step
from mailer.compose import Attachment
from mailer.templates import BY_ITSELF, Templates, Words
from service import journal
from service.freezing import freeze
from service.holding_back import braked
from service.letter_setting import OURS, Setting, setting
from service.letters import letter_row
from service.people import acting
from service.queueing import queue
from service.silence import said_of_silence
from service.steps import standing
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import casefile, outbox, tables
from storage import people as contacts
from storage.book import Update
from storage.database import Connection
from storage.records import Case, Letter

_AT_ONCE: Final = 50
_FARTHEST: Final = timedelta(days=366)


def compose_promised(w: Wiring) -> int:
    """Compose what was promised; return how many letters no longer wait for their bytes."""
    with w.db.read() as connection:
        letters = outbox.promised(connection, _AT_ONCE)
    for letter in letters:
        _compose(w, letter)
    return len(letters)


def _compose(w: Wiring, letter: Letter) -> None:
    try:
        with w.db.read() as connection:
            context = setting(w, connection, letter)
        frozen = freeze(w, letter, context, w.now())
        w.evidence.prepare(copy.raw for copy in frozen.copies)
        with w.happening(letter.actor, f"letter:{letter.id}") as h:
            if not outbox.is_promised(h.book.tx, letter.id):
                return
            if brake := braked(h, context.case, frozen):
                _keep_back(h, letter, f"braked after {brake}", "letter_braked")
                return
            queue(h, frozen, is_new=False, row={})
    except TryLater:
        raise
    except AmendsError as error:  # also a letter whose template was taken away
        _hold(w, letter, str(error))
    else:
        journal.say("letter_queued", case=_about(context), template=letter.template)


def _about(context: Setting) -> str:
    return context.case.number if context.case else "none"


def _hold(w: Wiring, letter: Letter, reason: str) -> None:
    """A letter that cannot be written waits for a person; its clock runs on."""
    with w.happening("system", f"letter:{letter.id}") as h:
        if outbox.is_promised(h.book.tx, letter.id):
            _keep_back(h, letter, reason, "letter_held")


def _keep_back(h: Happening, letter: Letter, reason: str, kind: str) -> None:
    values = {"state": "held", "hold_reason": reason}
    h.record(letter.case_id, "letter_held", Update(tables.letters, letter.id, values))
    open_task(h, letter.case_id, kind, reason, letter_id=letter.id)
    # The reason may name an address: it is on the case, not in the log.
    journal.warn(kind, letter=letter.id, template=letter.template)


@dataclass(frozen=True, slots=True)
class Written:
    """A manager's letter: its words and, if it was sent, its id."""

    case: str
    letter_id: int | None
    subject: str
    words: Words


def write_letter(
    w: Wiring,
    number: str,
    template: str,
    facts: Mapping[str, Any],
    user: str,
    *,
    send: bool,
    language: str = "",
    attachments: Sequence[Attachment] = (),
    undo: bool = False,
    leaves_at: datetime | None = None,
) -> Written:
    """Write a letter to the case's contact; `send` freezes and queues it: preview = bytes.

    With `undo` it can be taken back for `outbox.undo_seconds`, with `leaves_at` until then.
    """
    leaves = _leaving(w, leaves_at, undo=undo)
    _check_facts(facts)
    with w.db.read() as connection:
        acting(connection, user, "letter")
        case = casefile.by_number(connection, number)
        _check_template(w.letters_of(case.mailbox), template, facts)
        row = _row(w, connection, case, template, facts, f"user:{user}")
        row["language"] = w.language_of(case.mailbox, language, case.language)
        letter = Letter.of_values(row)
        context = setting(w, connection, letter)
        _check(w, connection, case, template)
    # Dated as it leaves: a letter of today must not lie in a mailbox under last week.
    frozen = freeze(w, letter, context, leaves_at or w.now(), attachments)
    if send:
        w.evidence.prepare(copy.raw for copy in frozen.copies)
        with w.happening(f"user:{user}", "act:letter") as h:
            h.book.lock([case.id])
            _check(w, h.book.tx, casefile.by_id(h.book.tx, case.id), template)
            queue(h, frozen, is_new=True, row=row, leaves_at=leaves)
        journal.say("letter_queued", case=case.number, template=template)
    text, html = frozen.copies[0].shown  # the contact's: it can be answered by one click
    words = replace(frozen.words, text=text, html=html)
    return Written(case.number, letter.id if send else None, frozen.subject, words)


def _leaving(w: Wiring, wanted: datetime | None, *, undo: bool) -> datetime:
    now = w.now()
    if wanted is not None and not now < wanted <= now + _FARTHEST:
        raise BadInput(
            "a letter is scheduled for a moment that is still to come, within a year",
            mend="write it as 2026-03-02T09:00, in the company's time zone",
        )
    soonest = now + timedelta(seconds=w.settings.outbox.undo_seconds if undo else 0)
    return max(wanted or soonest, soonest)


def _check_facts(facts: Mapping[str, Any]) -> None:
    if ours := sorted(facts.keys() & OURS):
        raise BadInput(
            f"the facts {', '.join(ours)} of a letter come from the case",
            mend="take them out of the facts, and change the case instead",
        )


def _check_template(letters: Templates, template: str, facts: Mapping[str, Any]) -> None:
    """What a manager may send, with all that it needs."""
    if template in BY_ITSELF:
        raise BadInput(
            f"the letter {template} leaves by itself only", mend="choose another template"
        )
    if letters.front(template).audience != "customer":
        raise BadInput(
            f"the letter {template} is for people of the company", mend="choose another template"
        )
    if missing := letters.missing(template, facts):
        raise BadInput(
            f"the letter {template} needs {', '.join(missing)}",
            mend="give them in a JSON file: --facts FILE.json",
        )


def _row(
    w: Wiring,
    connection: Connection,
    case: Case,
    template: str,
    facts: Mapping[str, Any],
    actor: str,
) -> dict[str, Any]:
    if case.contact_id is None:
        raise BadInput(
            f"{case.number} has no contact to write to",
            mend=f"amends case register-for {case.number} ADDRESS",
        )
    contact = contacts.contact(connection, case.contact_id)
    row = letter_row(w.ids.next(), case, contact, template, actor=actor, at=w.now(), facts=facts)
    row["facts"] = said_of_silence(w, connection, case, template, row["facts"])
    if template == "reminder":
        row |= _asked_before(connection, case, facts)
    return row


def _asked_before(connection: Connection, case: Case, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A reminder asks what the last letter asked: its reply is read as an answer to that."""
    asked = outbox.latest_question(connection, case.id)
    if asked is None:
        return {}
    options = {"options": asked.facts["options"]} if "options" in asked.facts else {}
    return {"asks": asked.asks, "facts": {**facts, **options}}


def _check(w: Wiring, connection: Connection, case: Case, template: str) -> None:
    """A letter that would make an illegal step is refused before it leaves (R-21)."""
    event = w.letters_of(case.mailbox).front(template).event
    if event is None:
        return
    step(standing(w, case, w.now()), Event(event))
    if Event(event) is Event.PROPOSAL_SENT:
        _check_confirmed(connection, case)


def _check_confirmed(connection: Connection, case: Case) -> None:
    """R-27: a manager confirms the facts before the first proposal leaves."""
    line = casefile.unconfirmed_line(connection, case.id)
    if line is not None:
        raise BadInput(
            f"line {line} of {case.number} is not confirmed by a manager (R-27)",
            mend=f"amends case set {case.number} --line {line} part_name=... po_pi_no=...",
        )
