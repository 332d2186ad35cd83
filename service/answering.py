"""What a customer's mail answers is understood, and acts if it may (R-29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.answers import Answer, Effect, effect_of
from cases.answers.effects import TASK
from cases.errors import IllegalStep
from cases.lifecycle import OPEN_STATES, State, step
from service.after_closing import DISPUTED, rate, undo_closing
from service.agreement import AGREES, note_agreement
from service.arrived import Arrived
from service.asked import WAITING, Found, find, passed_on, told
from service.authority import HEARD, Ruling, authority
from service.challenge import ask, redeem
from service.clocks import resume_clocks, start_clock
from service.judge import Place
from service.steps import Because, standing, take_step
from service.tasks import open_task, tell_choice
from service.terms import terms_of
from service.wiring import Happening
from storage import answers, casefile, tables
from storage.answers import Answered
from storage.book import Insert
from storage.records import Case, Contact, Letter

_BY_A_PERSON: Final = "what the customer answers must be read by a person"
_DISAGREE: Final = "another mail of the customer says something else, and nobody has read it yet"
# Column widths: what is longer is only told in the task.
_RULE_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class _Heard:
    """One mail of a customer, as far as it was understood."""

    h: Happening
    arrived: Arrived
    case: Case
    sender: Contact | None
    message_id: int
    found: Found
    ruling: Ruling
    effect: Effect
    place: Place

    @property
    def has_our_letter(self) -> bool:
        """Whether more than a guessed number says that the customer wrote it: a token, the
        Message-ID of a letter, or DMARC."""
        by_letter = self.place.token is not None or self.place.reason == "message_id"
        return by_letter or self.arrived.authentication.passed

    @property
    def because(self) -> Because:
        words = self.found.answer.phrase or self.arrived.mail.new_text.strip()[:200]
        return Because(self.arrived.sighting.internal_date, self.message_id, words)


def understand(
    h: Happening,
    arrived: Arrived,
    case: Case,
    place: Place,
    sender: Contact | None,
    letters: list[Letter],
    message_id: int,
) -> Case:
    """Read the answer and let it act where R-29 and its authority allow; else open a task."""
    decided = redeem(h, arrived, case, sender, letters, message_id)
    if decided is not None:
        return decided
    heard = _heard(h, arrived, case, place, sender, letters, message_id)
    after, why = _act(heard)
    at = arrived.sighting.internal_date
    resume_clocks(h, case.id, at)
    filed = why is None
    if not filed and (after is case or after.state in OPEN_STATES):
        start_clock(h, after, "answer", at, message_id=message_id)
    acted = after is not case and heard.effect.outcome == "acts"
    _note_answer(heard, acted=acted)
    if acted:
        _tell_what_follows(heard, after)
    elif why:
        _open_reading(heard, why)
    return after


def _heard(
    h: Happening,
    arrived: Arrived,
    case: Case,
    place: Place,
    sender: Contact | None,
    letters: Sequence[Letter],
    message_id: int,
) -> _Heard:
    found = find(arrived, case, place, letters, h.wiring.letters_of(case.mailbox))
    rule = h.wiring.settings.company.authority
    approvers = terms_of(h, case).many("approvers")
    ruling = authority(arrived, case, sender, place.token, found.letter, h.at, rule, approvers)
    # A yes to a question of ours may matter, though the case has gone on since.
    waiting = State(case.state) in WAITING or (place.token is not None and place.token.asks)
    effect = effect_of(found.answer, found.asked, waiting=waiting)
    if effect.outcome == "filed" and any(not one.inline for one in arrived.mail.attachments):
        effect = TASK  # a file that nobody has looked at may matter
    return _Heard(h, arrived, case, sender, message_id, found, ruling, effect, place)


def _act(heard: _Heard) -> tuple[Case, str | None]:
    """The case afterwards; or the same, and why a person must look: "" if nobody must, None if
    it is only filed."""
    h, case, found, effect = heard.h, heard.case, heard.found, heard.effect
    if found.rating:
        rate(h, case, found, heard.ruling, heard.message_id)
        if effect.outcome == "filed":
            return case, None
    why: str | None = _BY_A_PERSON
    if effect.outcome == "acts":
        after, why = _carry_out(heard)
        if after is not case or not why:
            return after, why
    if case.state == State.CLOSED:
        undone = heard.has_our_letter and undo_closing(
            h, heard.arrived, case, heard.sender, found, heard.because
        )
        if undone:
            return undone, ""
    if effect.outcome == "filed":
        return case, None
    return case, _pointed_out(found.answer, why or _BY_A_PERSON)


def _pointed_out(answer: Answer, why: str) -> str:
    """R-25: acceptance with a change says which."""
    if answer.verdict == "accept_with_change" and answer.change:
        option = f" option {answer.option}" if answer.option else ""
        return f"the customer accepts{option} with a change: {answer.change}; {why}"
    return why


def _carry_out(heard: _Heard) -> tuple[Case, str | None]:
    h, case, found = heard.h, heard.case, heard.found
    event, letter = heard.effect.event, found.letter
    if event is None or letter is None or heard.ruling.verdict == "refused":
        return case, heard.ruling.reason
    h.book.flush()
    earlier = answers.to_letter(h.book.tx, case.id, letter.id)
    if State(case.state) not in WAITING and any(_is_same(one, found.answer) for one in earlier):
        return case, None  # said before, and done
    if _is_disputed(heard, earlier):
        return case, _DISAGREE
    try:
        if heard.ruling.verdict == "granted":
            return take_step(h, case, event, heard.because), ""
        step(standing(h.wiring, case, h.at), event)  # no code for what cannot be done
    except IllegalStep as error:
        return case, error.what
    return case, ask(h, case, letter, event, found.answer, heard.because)


def _is_same(earlier: Answered, answer: Answer) -> bool:
    return earlier.acted and (earlier.verdict, earlier.option) == (answer.verdict, answer.option)


def _is_disputed(heard: _Heard, earlier: Sequence[Answered]) -> bool:
    """Whether somebody of the customer said something else to the same letter, in a mail that a
    person has yet to read. Two contacts who disagree never close a case between them."""
    tx, case_id = heard.h.book.tx, heard.case.id
    if heard.found.answer.verdict != "reject" and casefile.open_tasks(tx, case_id, DISPUTED):
        return True
    waiting = {task.message_id for task in casefile.open_tasks(tx, case_id, "read_reply")}
    said = heard.found.answer
    return any(
        one.message_id in waiting
        and one.authority in HEARD
        and one.verdict in _CONTRARY
        and (one.verdict, one.option) != (said.verdict, said.option)
        for one in earlier
    )


# Words that nobody has understood yet may be an objection.
_CONTRARY: Final = ("approve", "reject", "choose", "accept_with_change", "withdraw", "unclear")


def _tell_what_follows(heard: _Heard, after: Case) -> None:
    """R-29: what was chosen is kept, told and carried out; the other parts are read."""
    h, found, event = heard.h, heard.found, heard.effect.event
    assert event is not None
    answer, message_id = found.answer, heard.message_id
    if event in AGREES:
        note_agreement(
            h,
            after,
            found.letter,
            answer.option,
            said=answer.phrase,
            message_id=message_id,
            event=event,
            by_mail=True,
        )
    else:
        tell_choice(h, after.id, event, answer.phrase, message_id)
    if found.others:
        why = "the same letter asked more; a person reads what the customer answers to that"
        open_task(h, after.id, "read_reply", why, message_id=message_id)


def _open_reading(heard: _Heard, why: str) -> None:
    open_task(
        heard.h,
        heard.case.id,
        "read_reply",
        why,
        message_id=heard.message_id,
        suggestion=_suggestion(heard),
    )


def _suggestion(heard: _Heard) -> dict[str, Any] | None:
    """What the mail most likely means; of one that was passed on, what the inner mail says."""
    found = heard.found
    return told(found.answer) or passed_on(heard.arrived.mail, found.asked)


def _note_answer(heard: _Heard, *, acted: bool) -> None:
    answer, letter = heard.found.answer, heard.found.letter
    row = {
        "id": heard.h.new_id(),
        "case_id": heard.case.id,
        "message_id": heard.message_id,
        "letter_id": letter.id if letter else None,
        "verdict": answer.verdict,
        "option": answer.option,
        "change": answer.change,
        "phrase": answer.phrase,
        "rule": answer.rule[:_RULE_LENGTH],
        "certain": answer.certain,
        "acted": acted,
        "authority": heard.ruling.reason[:_RULE_LENGTH],
    }
    heard.h.record(heard.case.id, "answer_read", Insert(tables.answers, row))
