"""What a person may do with a letter in the outbox: hold, release, undo, send again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cases.errors import BadInput, IllegalStep
from service import journal
from service.wiring import Happening
from storage import outbox, stops, tables
from storage.book import Update
from storage.records import Delivery, Letter

# Deliveries in these states have surely not left; the others may be on their way or have arrived.
_HERE: Final = frozenset({"queued", "deferred"})
_AGAIN: Final = frozenset({"refused", "uncertain", "bounced", "accepted"})


def hold(h: Happening, letter_id: int, why: str) -> None:
    """Keep a letter back until it is released."""
    _act(h, letter_id, why, _hold)


def release(h: Happening, letter_id: int, why: str) -> None:
    """Let a held letter go its way; one without bytes is composed again."""
    _act(h, letter_id, why, _release)


def undo(h: Happening, letter_id: int, why: str) -> None:
    """Take a letter back before anything of it left."""
    _act(h, letter_id, why, _undo)


def resend(h: Happening, letter_id: int, why: str) -> None:
    """Send the same bytes once more: a person decides that a further copy is right."""
    _act(h, letter_id, why, _resend)


def stop_all(h: Happening, why: str) -> None:
    """The global brake: nothing leaves until somebody starts the outbox again."""
    if not why.strip():
        raise BadInput("this needs a reason", mend="--why TEXT")
    if already := stops.current(h.book.tx):
        raise IllegalStep(f"{already.stopped_by} has stopped the outbox: {already.why}")
    row = {"id": h.new_id(), "stopped_at": h.at, "stopped_by": h.actor, "why": why.strip()}
    stops.begin(h.book.tx, row)
    journal.warn("outbox_stopped", by=h.actor)


def start_all(h: Happening, why: str) -> None:
    """Let letters leave again; what fell due in between leaves at once."""
    if not why.strip():
        raise BadInput("this needs a reason", mend="--why TEXT")
    if not stops.end(h.book.tx, h.at, h.actor, why.strip()):
        raise IllegalStep("nobody has stopped the outbox")
    journal.say("outbox_started", by=h.actor)


Act = Callable[[Happening, Letter, list[Delivery], str], None]


def _act(h: Happening, letter_id: int, why: str, act: Act) -> None:
    if not why.strip():
        raise BadInput("this needs a reason", mend="--why TEXT")
    h.book.lock([outbox.letter(h.book.tx, letter_id).case_id])
    letter = outbox.letter(h.book.tx, letter_id)
    act(h, letter, outbox.of_letter(h.book.tx, letter_id), why.strip())


def _hold(h: Happening, letter: Letter, deliveries: list[Delivery], why: str) -> None:
    _must_be(letter, "hold", ("promised", "queued"))
    if not any(one.state in _HERE for one in deliveries) and deliveries:
        raise IllegalStep(f"letter {letter.id} has left already", mend="nothing can hold it now")
    _letter(h, letter, {"state": "held", "hold_reason": why})


def _release(h: Happening, letter: Letter, deliveries: list[Delivery], why: str) -> None:
    _must_be(letter, "release", ("held",))
    composed = letter.message_id is not None
    state = "queued" if composed else "promised"
    _letter(h, letter, {"state": state, "hold_reason": None, "released_at": h.at})


def _undo(h: Happening, letter: Letter, deliveries: list[Delivery], why: str) -> None:
    _must_be(letter, "undo", ("promised", "held", "queued"))
    if letter.automatic:
        raise IllegalStep(
            f"letter {letter.id} was promised by the service", mend="hold it, and say why"
        )
    gone = [one for one in deliveries if one.state not in _HERE or one.attempts]
    if gone or any(outbox.is_claimed(h.book.tx, one) for one in deliveries):
        raise IllegalStep(f"letter {letter.id} has left already", mend="write another letter")
    _letter(h, letter, {"state": "withdrawn", "hold_reason": why})
    outbox.revoke_tokens(h.book.tx, letter.id, h.at)


def _resend(h: Happening, letter: Letter, deliveries: list[Delivery], why: str) -> None:
    _must_be(letter, "send again", ("queued", "done"))
    again = [one for one in deliveries if one.state in _AGAIN]
    if not again:
        raise IllegalStep(f"letter {letter.id} is still on its way", mend="wait, or hold it")
    values: Mapping[str, Any] = {
        "state": "queued",
        "next_attempt_at": h.at,
        "copies": 0,
        "sought_since": None,
        "bounced_at": None,
        "bounce_text": None,
        "tell_delay_at": None,
        "reply_text": f"sent again: {why}",
    }
    h.record(
        letter.case_id,
        "letter_resent",
        Update(tables.letters, letter.id, {"state": "queued", "done_at": None}),
        *(Update(tables.deliveries, one.id, values) for one in again),
    )


def _letter(h: Happening, letter: Letter, values: Mapping[str, Any]) -> None:
    h.record(letter.case_id, f"letter_{values['state']}", Update(tables.letters, letter.id, values))


def _must_be(letter: Letter, what: str, states: tuple[str, ...]) -> None:
    if letter.state not in states:
        raise IllegalStep(f"letter {letter.id} is {letter.state}, so nobody can {what} it")
