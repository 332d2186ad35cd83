"""What a customer's mail answers, and what it says to that (R-25, R-29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.answers import Answer, Asked, Verdict, deciding, read, read_parts
from cases.answers.effects import TABLE
from cases.lifecycle import State
from intake.mail import Mail
from intake.reply import newtext
from mailer.templates import Templates
from service.arrived import Arrived
from service.judge import Place
from service.one_click import Clicked, clicked, letters_offered
from storage.records import Case, Letter

# What is waited for while a letter's question is open; a customer may answer it later, too.
WAITING: Final[Mapping[State, str]] = {
    State.SOLUTION_PROPOSED: "proposal",
    State.AWAITING_APPROVAL: "approval",
}
RATINGS: Final[Mapping[str, str]] = {
    "very_satisfied": "very satisfied",
    "satisfied": "satisfied",
    "not_satisfied": "not satisfied",
}
_DECIDES: Final[Mapping[str, Verdict]] = {
    "approve": "approve",
    "reject": "reject",
    "choose": "choose",
}
ONE_CLICK: Final = "one-click answer"
_SAYS_NOTHING: Final = "nothing is answered"


@dataclass(frozen=True, slots=True)
class Found:
    """The letter that is answered, what it asked, and what the mail says to it.

    `others`: what it answers to the other parts of the letter. `rating`: how satisfied he clicked.
    """

    letter: Letter | None
    asked: Asked
    answer: Answer
    others: tuple[Answer, ...] = ()
    rating: str = ""


def find(
    arrived: Arrived, case: Case, place: Place, letters: Sequence[Letter], templates: Templates
) -> Found:
    """Read the mail as an answer to what was asked last, or to the letter whose token it brings."""
    letter = _letter(case, place, letters)
    parts = _parts(case, letter)
    bears = next((x for x in letters if place.token and x.id == place.token.letter_id), None)
    if bears is not None and place.token is not None:
        click = clicked(arrived.mail, bears, place.token.sha256, templates)
        if click is not None:
            return _of_click(click, letter, parts[0])
    answers = read_parts(arrived.mail.new_text, parts)
    answer = deciding(answers, parts)
    others = tuple(one for one in answers if one is not answer)
    return Found(letter, parts[answers.index(answer)], answer, others)


def passed_on(mail: Mail, asked: Asked) -> dict[str, Any] | None:
    """What a mail says that somebody passed on: for the person who reads it, never more."""
    if mail.forwarded is None or not mail.forwarded.passed_on:
        return None
    return told(read(newtext.split(mail.forwarded.text)[0], asked))


def told(answer: Answer) -> dict[str, Any] | None:
    """An answer as a task suggests it; None where nothing can be said."""
    if answer.verdict == "unclear":
        return None
    found = {"verdict": answer.verdict, "option": answer.option, "phrase": answer.phrase}
    return {**found, "change": answer.change} if answer.change else found


def asked_now(case: Case, letters: Sequence[Letter]) -> Asked:
    """What the case asked last."""
    return _parts(case, next((one for one in reversed(letters) if _fits(case, one)), None))[0]


def _of_click(click: Clicked, letter: Letter | None, asked: Asked) -> Found:
    """A click is certain. With words of his own it is read with these, as if he had written all."""
    says_more = read(click.rest, asked) if click.rest else None
    alone = says_more is None or (
        says_more.verdict == "thanks_only" or says_more.rule == _SAYS_NOTHING
    )
    if click.verb in RATINGS and says_more is None:
        answer = Answer("thanks_only", None, None, click.ready, ONE_CLICK, certain=False)
        return Found(letter, asked, answer, rating=RATINGS[click.verb])
    if click.verb in RATINGS:
        assert says_more is not None
        return Found(letter, asked, says_more, rating=RATINGS[click.verb] if alone else "")
    if click.verb == "question":
        answer = Answer("question", None, None, click.rest[:500], ONE_CLICK, certain=False)
        return Found(letter, asked, answer)
    if not alone:
        return Found(letter, asked, read(f"{click.ready}\n{click.rest}", asked))
    verdict = _DECIDES[click.verb]
    acts = TABLE[asked.kind, verdict].outcome == "acts"
    answer = Answer(verdict, click.option or None, None, click.ready, ONE_CLICK, certain=acts)
    return Found(letter, asked, answer)


def _letter(case: Case, place: Place, letters: Sequence[Letter]) -> Letter | None:
    """The letter whose token came back, else the latest that asks; of a closed case its closing."""
    if place.token is not None:
        for letter in letters:
            if letter.id == place.token.letter_id and _fits(case, letter):
                return letter
    return next((one for one in reversed(letters) if _fits(case, one)), None)


def _fits(case: Case, letter: Letter) -> bool:
    return (letter.asks == "closed") == (case.state == State.CLOSED)


def _parts(case: Case, letter: Letter | None) -> tuple[Asked, ...]:
    """What was asked: the decision first, then the questions of the same letter (R-25)."""
    if case.state == State.CLOSED:
        return (Asked("closed"),)
    if letter is None or letter.asks is None:
        return (Asked("nothing"),)
    if letter.asks == "approval":
        return (Asked("approval"),)
    if letter.asks == "proposal":
        questions = letter.facts.get("questions") or ()
        return (proposal(letter), *(Asked("question") for _ in questions))
    return (Asked("question"),)


def proposal(letter: Letter) -> Asked:
    """The options of a proposal, with their words: an answer may name either."""
    options = letter.facts.get("options", ())
    texts = tuple(str(one.get("text", "")) for one in options)
    return Asked("proposal", offered(letter), texts)


def offered(letter: Letter) -> tuple[str, ...]:
    """The letters of the options in a proposal; other letters may have any facts."""
    return letters_offered(letter.asks, letter.facts)
