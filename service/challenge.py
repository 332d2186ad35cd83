"""A one-time code to the address of record: who forges its mails never sees it (6 C).

The decision of a mail that lacks only the proof of its sender waits for the code. It comes back in
any mail from that address; its subject and new text are searched.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from cases.answers import Answer
from cases.errors import IllegalStep
from cases.lifecycle import Event
from service.agreement import AGREES, note_agreement
from service.arrived import Arrived
from service.authority import not_from
from service.letters import promise
from service.steps import Because, take_step
from service.tasks import open_task, tell_choice
from service.wiring import Chance, Happening
from storage import challenges, people, tables
from storage.book import Insert, Update
from storage.challenges import Challenge
from storage.records import Case, Contact, Letter

DAYS: Final = 7
TRIES: Final = 5
# Whoever holds an answer token could otherwise have us write to the customer without end.
MOST_OF_A_LETTER: Final = 3
PROVEN: Final = "one-time code from the address of record"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: 8 signs are 40 bits
_LIKE: Final = str.maketrans("OIL", "011")
_CODE: Final = re.compile(r"(?<![\w-])([0-9A-Za-z]{4})-([0-9A-Za-z]{4})(?![\w-])")
_OTHER_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")


def new_code(chance: Chance) -> str:
    """A code as a letter shows it, such as 7K3M-Q9TX."""
    signs = "".join(_ALPHABET[chance.below(len(_ALPHABET))] for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def codes_in(text: str) -> list[str]:
    """What could be codes, in their order, each once; O, I and L are read as 0 and 1."""
    found = _CODE.findall(text.translate(_OTHER_DASHES))
    signs = (f"{left}{right}".upper().translate(_LIKE) for left, right in found)
    return list(dict.fromkeys(f"{one[:4]}-{one[4:]}" for one in signs))


def code_hash(challenge_id: int, code: str) -> str:
    """How codes are stored."""
    return hashlib.sha256(f"{challenge_id}:{code}".encode()).hexdigest()


def ask(
    h: Happening, case: Case, asked: Letter, event: Event, answer: Answer, because: Because
) -> str:
    """Promise a letter with a code to the address of record. Return why not, "" if it leaves."""
    h.book.flush()  # an earlier mail of the same batch may have asked
    earlier = [one for one in challenges.of_case(h.book.tx, case.id) if one.letter_id == asked.id]
    open_ones = [one for one in earlier if one.ended_at is None and one.expires_at > h.at]
    if any((one.event, one.option) == (event.value, answer.option) for one in open_ones):
        return ""  # said twice: the code is on its way already
    if open_ones:
        return "a code was mailed to the customer, and has not come back"
    if case.contact_id is None or len(earlier) >= MOST_OF_A_LETTER:
        return "too many codes were mailed to the customer"
    code, challenge_id = new_code(h.wiring.chance), h.new_id()
    row: dict[str, Any] = {
        "id": challenge_id,
        "case_id": case.id,
        "letter_id": asked.id,
        "message_id": because.message_id,
        "event": event.value,
        "verdict": answer.verdict,
        "option": answer.option,
        "phrase": answer.phrase,
        "code_hash": code_hash(challenge_id, code),
        "tries": 0,
        "created_at": h.at,
        "expires_at": h.at + timedelta(days=DAYS),
    }
    h.record(case.id, "challenged", Insert(tables.challenges, row))
    contact = people.contact(h.book.tx, case.contact_id)
    # Our words for what was answered, not the mail's: it may be a forger's.
    facts = {"code": code, "verdict": answer.verdict, "option": answer.option or ""}
    promise(h, case, contact, "challenge", answers=because.message_id, facts=facts)
    return ""


def redeem(
    h: Happening,
    arrived: Arrived,
    case: Case,
    sender: Contact | None,
    letters: Sequence[Letter],
    message_id: int,
) -> Case | None:
    """Let the decision act whose code this mail brings. None: it brings none that is right."""
    codes = codes_in(f"{arrived.mail.subject}\n{arrived.mail.new_text}")[:TRIES]
    if not codes or not_from(arrived, case, sender):
        return None
    h.book.flush()
    waiting = challenges.waiting(h.book.tx, case.id, h.at)
    for one in waiting:
        tried = codes[: TRIES - one.tries]
        right = any(hmac.compare_digest(code_hash(one.id, code), one.code_hash) for code in tried)
        if right:
            return _act(h, case, one, letters, message_id)
        _count(h, case, one, one.tries + len(tried))
    return None


def _count(h: Happening, case: Case, one: Challenge, tries: int) -> None:
    values: dict[str, Any] = {"tries": tries}
    if tries >= TRIES:
        values |= {"ended_at": h.at, "outcome": "spent"}
        why = f"{TRIES} wrong codes came back: {one.phrase}"
        open_task(h, case.id, "read_reply", why, message_id=one.message_id)
    h.record(case.id, "code_wrong", Update(tables.challenges, one.id, values))


def _act(
    h: Happening, case: Case, one: Challenge, letters: Sequence[Letter], message_id: int
) -> Case:
    after, why = case, ""
    if any(letter.id > one.letter_id and letter.state == "done" for letter in letters):
        why = "the code came back after another question was asked"
    else:
        try:
            after = take_step(h, case, Event(one.event), Because(h.at, one.message_id, one.phrase))
        except IllegalStep as error:
            why = error.what
    ended = {"ended_at": h.at, "outcome": "outdated" if why else "used"}
    h.record(
        case.id,
        "code_came_back",
        Update(tables.challenges, one.id, ended),
        Insert(tables.answers, _answer(h, case, one, message_id, acted=not why)),
    )
    if why:
        open_task(h, case.id, "read_reply", why, message_id=one.message_id)
    else:
        _follow(h, after, one, letters)
    return after


def _follow(h: Happening, case: Case, one: Challenge, letters: Sequence[Letter]) -> None:
    event = Event(one.event)
    if event not in AGREES:
        tell_choice(h, case.id, event, one.phrase, one.message_id)
        return
    letter = next((asked for asked in letters if asked.id == one.letter_id), None)
    note_agreement(
        h,
        case,
        letter,
        one.option,
        said=one.phrase,
        message_id=one.message_id,
        event=event,
        by_mail=True,
    )


def _answer(
    h: Happening, case: Case, one: Challenge, message_id: int, *, acted: bool
) -> dict[str, Any]:
    return {
        "id": h.new_id(),
        "case_id": case.id,
        "message_id": message_id,
        "letter_id": one.letter_id,
        "verdict": one.verdict,
        "option": one.option,
        "change": None,
        "phrase": one.phrase,
        "rule": "one-time code",
        "certain": True,
        "acted": acted,
        "authority": PROVEN,
    }
