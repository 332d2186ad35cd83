"""One-click answers in a letter, and what comes back of them (R-29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.settings import Mailbox
from intake.mail import Mail
from mailer.addresses import plus
from mailer.clicks import VERBS, mailto
from mailer.templates import Templates, Words
from service.judge import token_hash
from service.wiring import Wiring
from storage.records import Letter

# A line of its own, as the link wrote it; a subject ends with it.
_MARK: Final = re.compile(
    r"^[ \t]*Ref:[ \t]([a-z2-7]{26})[ \t]([a-z_]+)(?:[ \t](\S{1,10}))?[ \t]*$", re.MULTILINE
)
_IN_SUBJECT: Final = re.compile(r"Ref: ([a-z2-7]{26}) ([a-z_]+)(?: (\S{1,10}))?\s*$")


def one_click(
    w: Wiring, box: Mailbox, letter: Letter, words: Words, number: str, token: str
) -> dict[str, Any]:
    """Links with the answers ready, for the only copy that can answer."""
    asks = words.asks or letter.asks
    said = w.letters_of(box.name).clicks(words.language)
    if said is None or asks is None or asks not in VERBS:
        return {}
    address = plus(box.address, token) if box.plus_addressing else box.address
    found = said.clicks(asks, letters_offered(asks, letter.facts))
    return {
        "heading": said.heading[asks],
        "links": tuple(
            (one.label, mailto(one, address=address, subject=number, token=token)) for one in found
        ),
    }


def letters_offered(asks: str | None, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The letters of the options in a proposal; other letters may have any facts."""
    if asks != "proposal":
        return ()
    return tuple(str(option["letter"]) for option in facts.get("options", ()))


@dataclass(frozen=True, slots=True)
class Clicked:
    """A click that came back. `rest`: what the customer wrote beside the words that stood ready;
    `ready`: these words, which mean the same as the click."""

    verb: str
    option: str
    ready: str
    rest: str


def clicked(mail: Mail, letter: Letter, sha256: str, letters: Templates) -> Clicked | None:
    """The click of this mail, if it is one on this letter with this token.

    More than one mark, or one that this letter did not offer, is no click: a person reads it.
    """
    text = mail.new_text
    marks = _MARK.findall(text)
    if not marks and not text.strip():
        marks = _IN_SUBJECT.findall(mail.subject)  # the program dropped the body
    if len(set(marks)) != 1 or token_hash(marks[0][0]) != sha256:
        return None
    _, verb, option = marks[0]
    asks, options = letter.asks or "", letters_offered(letter.asks, letter.facts)
    if verb not in VERBS.get(asks, ()) or option not in (options if verb == "choose" else ("",)):
        return None
    ready = [
        one.says
        for words in letters.every_click()
        for one in words.clicks(asks, options)
        if (one.verb, one.option) == (verb, option)
    ]
    return _parted(_MARK.sub("", text), verb, option, ready)


def _parted(text: str, verb: str, option: str, ready: list[str]) -> Clicked:
    """Without the first line that is just what stood ready, in whatever language."""
    lines = text.splitlines()
    at = next((n for n, line in enumerate(lines) if line.strip() in ready), None)
    said = ready[0] if at is None else lines.pop(at).strip()
    return Clicked(verb, option, said, "\n".join(lines).strip())
