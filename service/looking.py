"""Open cases are looked at: reminders, notices, what silence accepts, and the alarm for a case that
nothing drives (R-10, R-12, R-13). Found by index; two nodes never tell twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cases.calendar import Calendar
from cases.errors import IllegalStep
from cases.lifecycle import OPEN_STATES, Event
from cases.looking import (
    Accept,
    Act,
    Agreed,
    Alarm,
    AlarmEnds,
    Asked,
    Notice,
    Remind,
    Seen,
    TellSilence,
    look,
)
from cases.terms import Terms
from service import journal
from service.clocks import running
from service.colleagues import ours
from service.letters import promise
from service.steps import Because, take_step
from service.tasks import end_task, open_task
from service.terms import terms_of
from service.warning import Post, Told
from service.wiring import Happening, Wiring
from storage import casefile, looks, people, tables
from storage.book import Insert, Update
from storage.looks import Question
from storage.records import Case

NOTHING_DRIVES: Final = "nothing_drives"
DEEMED: Final = "clock:deemed_accepted"
_AT_ONCE: Final = 100
# What is asked is still open only while the case waits for it.
_WAITS_IN: Final = {"approval": "awaiting_approval", "proposal": "solution_proposed"}


def look_due(w: Wiring) -> int:
    """Look at the cases whose moment has come; return how many there were."""
    with w.db.read() as connection:
        found = looks.due(connection, w.now(), _AT_ONCE)
    for case_id, at in found:
        with w.happening("clock:look", f"look:{at:%Y-%m-%dT%H:%M:%S}") as h:
            h.book.lock([case_id])
            if not looks.still(h.book.tx, case_id, at):
                continue
            again, acts = _look(h, casefile.by_id(h.book.tx, case_id))
            h.record(None, "look", Update(tables.cases, case_id, {"look_at": again}))
        for act in acts:
            journal.say("case_looked_at", case=case_id, act=type(act).__name__)
    return len(found)


def _look(h: Happening, case: Case) -> tuple[datetime | None, tuple[Act, ...]]:
    if case.state not in OPEN_STATES:
        return None, ()
    terms = terms_of(h, case)
    calendar = calendar_for(h.wiring, terms, h.at)
    asked = looks.question(h.book.tx, case.id)
    open_question = asked if asked and _is_open(h, case, asked) else None
    agreed = Agreed(
        terms.flag("automatic_mails") and case.contact_id is not None,
        terms.days("interim_days"),
        tuple(int(one) for one in terms.many("reminder_days")),
    )
    found = look(_seen(h, case, open_question), agreed, calendar)
    for act in found.acts:
        _do(h, case, act, open_question)
    h.book.flush()
    closed = casefile.by_id(h.book.tx, case.id).state not in OPEN_STATES
    return None if closed else found.again, found.acts


def calendar_for(w: Wiring, terms: Terms, at: datetime) -> Calendar:
    """The business time that was agreed, else the company's (R-8)."""
    return w.calendar(terms.text("calendar") or w.settings.company.calendar, at)


def _is_open(h: Happening, case: Case, asked: Question) -> bool:
    """Whether the customer has neither written nor decided since."""
    state = _WAITS_IN.get(asked.letter.asks or "")
    if state is not None and case.state != state:
        return False
    if looks.decided_since(h.book.tx, case.id, asked.letter.id):
        return False
    return _last_mail(h, case, asked.at)[0] is None


def _last_mail(
    h: Happening, case: Case, since: datetime
) -> tuple[datetime | None, datetime | None]:
    """When somebody of the customer last wrote since then, and when a colleague did to him."""
    theirs: datetime | None = None
    own: datetime | None = None
    mails = looks.mails_since(h.book.tx, case.id, since)
    if not mails:
        return None, None
    users = frozenset(one.email for one in people.users(h.book.tx) if one.enabled)
    us = ours(h.wiring.settings, users, h.wiring.mailbox(case.mailbox).name)
    for one in mails:
        if one.from_address and us.has(one.from_address) and not one.forwarded:
            own = own or one.arrived_at
        else:
            theirs = theirs or one.arrived_at
    return theirs, own


def _seen(h: Happening, case: Case, asked: Question | None) -> Seen:
    tx = h.book.tx
    clocks = running(h, case.id)
    measures = casefile.measures(tx, case.id)
    told = looks.last_told(tx, case.id)
    heard = [told, *_last_mail(h, case, told)] if told else []
    promised = [one.due_at for one in clocks if one.name == "promised_date"]
    return Seen(
        now=h.at,
        heard_at=max((one for one in heard if one is not None), default=None),
        happened_at=looks.happened_at(tx, case.id) or case.arrived_at,
        asked=_asked(h, case, asked) if asked else None,
        driven=bool(clocks) or any(one.done_at is None for one in measures),
        alarmed=bool(casefile.open_tasks(tx, case.id, NOTHING_DRIVES)),
        owes_answer=any(one.name == "answer" for one in clocks),
        letter_waits=looks.letter_waits(tx, case.id),
        promised=max(promised, default=None),
    )


def _asked(h: Happening, case: Case, asked: Question) -> Asked:
    return Asked(
        asked.at,
        looks.reminded(h.book.tx, case.id, asked.letter.id),
        looks.silence_told(h.book.tx, case.id, asked.letter.id),
        int(asked.letter.facts.get("deemed_accepted_days") or 0),
    )


def _do(h: Happening, case: Case, act: Act, asked: Question | None) -> None:
    match act:
        case Remind(number) if asked:
            _remind(h, case, asked, number)
        case TellSilence() if asked:
            why = f"the customer has not answered since {asked.at:%Y-%m-%d}"
            open_task(h, case.id, "customer_silent", why, letter_id=asked.letter.id)
        case Accept() if asked:
            _accept(h.because(DEEMED, f"letter:{asked.letter.id}"), case, asked)
        case Notice():
            day = f"{h.at.astimezone(h.wiring.timezone):%Y-%m-%d}"
            if not casefile.is_promised(h.book.tx, f"{case.id}:interim_notice:{day}"):
                _promise(h, case, "interim_notice", {}, day)
        case Alarm():
            _alarm(h, case)
        case AlarmEnds():
            for task in casefile.open_tasks(h.book.tx, case.id, NOTHING_DRIVES):
                end_task(h, task, "driven", "something drives the case again")


def _promise(
    h: Happening,
    case: Case,
    template: str,
    facts: dict[str, Any],
    cause: str,
    asks: str | None = None,
) -> None:
    assert case.contact_id is not None
    contact = people.contact(h.book.tx, case.contact_id)
    promise(h, case, contact, template, answers=None, facts=facts, cause=cause, asks=asks)


def _remind(h: Happening, case: Case, asked: Question, number: int) -> None:
    """Its answer is read as an answer to what was asked."""
    letter = asked.letter
    told = letter.facts
    facts: dict[str, Any] = {"reminder_of": told.get("questions") or letter.asks}
    if options := told.get("options"):
        facts = {
            "reminder_of": "\n".join(f"- **{one['letter']}**: {one['text']}" for one in options),
            "options": options,
        }
    _promise(h, case, "reminder", facts, f"{letter.id}.{number}", letter.asks)


def _accept(h: Happening, case: Case, asked: Question) -> None:
    """R-12: silence accepts only because the letter said so; that letter is the evidence."""
    letter = asked.letter
    days = letter.facts["deemed_accepted_days"]
    approval = letter.asks == "approval"
    event = Event.APPROVED if approval else Event.PROPOSAL_ACCEPTED
    said = f"no answer within {days} days; the letter of {asked.at:%Y-%m-%d} said what that means"
    because = Because(h.at, casefile.latest_mail(h.book.tx, case.id), said)
    try:
        take_step(h, case, event, because)
    except IllegalStep as error:
        open_task(h, case.id, "customer_silent", error.what, letter_id=letter.id)
        return
    row = {
        "id": h.new_id(),
        "case_id": case.id,
        "letter_id": letter.id,
        "verdict": "approve",
        "phrase": said,
        "rule": "deemed accepted",
        "certain": True,
        "acted": True,
        "authority": h.actor,
    }
    h.record(case.id, "deemed_accepted", Insert(tables.answers, row))
    if not approval:
        open_task(h, case.id, event.value, said, letter_id=letter.id)


def _alarm(h: Happening, case: Case) -> None:
    """R-10: a task, and the supervisors once until something drives it again."""
    why = "no promise runs, no measure is due, and no answer of the customer is awaited"
    open_task(h, case.id, NOTHING_DRIVES, why)
    cause = f"undriven:{looks.last_drive(h.book.tx, case.id)}"
    if looks.was_told(h.book.tx, case.id, f"{case.id}:escalation:{cause}:"):
        return
    since = looks.happened_at(h.book.tx, case.id) or h.at
    calendar = h.wiring.settings.company.calendar
    post = Post(h)
    post.escalate(Told(case, "escalation", NOTHING_DRIVES, since, cause, calendar))
    post.send()
