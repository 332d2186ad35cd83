"""What a customer's mail answers is understood, and acts if it may (R-29)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cases.answers import Answer, Asked, read
from cases.errors import IllegalStep
from cases.lifecycle import OPEN_STATES, Event, State, step
from service.arrived import Arrived
from service.authority import Ruling, authority
from service.challenge import ask, redeem
from service.clocks import resume_clocks, start_clock
from service.judge import Place
from service.steps import Because, standing, take_step
from service.tasks import open_task, tell_choice
from service.wiring import Happening
from storage import tables
from storage.book import Insert
from storage.records import Case, Contact, Letter

# which certain answers act, by what was asked. Everything else is a task.
ACTS: Final[Mapping[tuple[str, str], Event]] = {
    ("approval", "approve"): Event.APPROVED,
    ("approval", "reject"): Event.REJECTED,
    ("proposal", "choose"): Event.OPTION_CHOSEN,
    ("proposal", "reject"): Event.PROPOSAL_REFUSED,
}
_THANKS: Final = ("thanks_only",)
_FILED: Final = ("thanks_only", "approve", "withdraw")


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
    asked = _asked_letter(place, letters)
    question = _asked(asked)
    answer = read(arrived.mail.new_text, question)
    rule = h.wiring.settings.company.authority
    ruling = authority(arrived, case, sender, place.token, asked, h.at, rule)
    event = None if case.state == State.CLOSED else _event(answer, question)
    after, reason = case, "what the customer answers must be read by a person"
    if answer.certain:
        because = Because(arrived.sighting.internal_date, message_id, answer.phrase)
        after, reason = _carry_out(h, case, event, ruling, asked, answer, because)
    acted = after is not case
    at = arrived.sighting.internal_date
    resume_clocks(h, case.id, at)
    if _is_owed(case, after, answer):
        start_clock(h, after, "answer", at, message_id=message_id)
    _note_answer(h, case, message_id, asked, answer, acted=acted, authority=ruling.reason)
    if case.state == State.CLOSED and answer.verdict == "approve" and answer.certain:
        return case  # filed
    if acted and event is not None:
        tell_choice(h, case.id, event, answer.phrase, message_id)
    elif reason:
        suggestion = _suggestion(answer, event)
        open_task(h, case.id, "read_reply", reason, message_id=message_id, suggestion=suggestion)
    return after


def _is_owed(before: Case, after: Case, answer: Answer) -> bool:
    """R-14: what asks or answers is answered. What ended the case has its letter already."""
    quiet = _FILED if before.state == State.CLOSED else _THANKS
    if answer.certain and answer.verdict in quiet:
        return False
    return after is before or after.state in OPEN_STATES


def _carry_out(
    h: Happening,
    case: Case,
    event: Event | None,
    ruling: Ruling,
    asked: Letter | None,
    answer: Answer,
    because: Because,
) -> tuple[Case, str]:
    """The case afterwards; or the same, and why a person must look ("" if a code is on its way)."""
    if event is None or asked is None or ruling.verdict == "refused":
        return case, ruling.reason
    try:
        if ruling.verdict == "granted":
            return take_step(h, case, event, because), ""
        step(standing(h.wiring, case, h.at), event)  # no code for what cannot be done
    except IllegalStep as error:
        return case, error.what
    return case, ask(h, case, asked, event, answer, because)


def _asked_letter(place: Place, letters: list[Letter]) -> Letter | None:
    """The letter whose token came back, else the latest that asks."""
    if place.token is not None:
        for letter in letters:
            if letter.id == place.token.letter_id:
                return letter
    return letters[-1] if letters else None


def _asked(letter: Letter | None) -> Asked:
    """What was asked, with the options of a proposal (R-25)."""
    if letter is None or letter.asks is None:
        return Asked("nothing", ())
    kinds: dict[str, Asked] = {
        "approval": Asked("approval", ()),
        "proposal": Asked("proposal", offered(letter)),
        "question": Asked("question", ()),
    }
    return kinds[letter.asks]


def offered(letter: Letter) -> tuple[str, ...]:
    """The letters of the options in a proposal; other letters may have any facts."""
    if letter.asks != "proposal":
        return ()
    return tuple(str(option["letter"]) for option in letter.facts.get("options", ()))


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
