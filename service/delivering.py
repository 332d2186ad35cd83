"""The outbox's second half: a delivery is claimed, carried, and its outcome written (6 B)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from cases.errors import IllegalStep, Tampered, TryLater
from cases.lifecycle import Event
from mailer.carry import Carrier, Outcome
from mailer.retry import next_attempt
from service import journal
from service.claims import ClaimOver, under_claim
from service.kept import keep_promises
from service.steps import Because, take_step
from service.tasks import open_task
from service.window import Turn
from service.wiring import Happening, Wiring
from storage import attempts, casefile, outbox, tables
from storage.book import Update
from storage.outbox import MOST_COPIES
from storage.records import Delivery

_AT_ONCE: Final = 4
# A fault of configuration is looked at again soon: somebody is mending it.
_BLOCKED_PAUSE: Final = timedelta(minutes=1)


def find_adrift(w: Wiring) -> int:
    """End the tries whose sender died, by how far each had come: `uncertain` only after the dot."""
    with w.db.read() as connection:
        adrift = outbox.adrift(connection, 100)
    for delivery in adrift:
        with w.happening("system", "outbox:lease ran out") as h:
            if outbox.is_adrift(h.book.tx, delivery):
                _finish(h, delivery)
    return len(adrift)


def _finish(h: Happening, delivery: Delivery) -> None:
    said = attempts.last(h.book.tx, delivery)
    if said is not None and said.outcome in _ENDINGS:
        _ENDINGS[said.outcome](h, delivery, Outcome(said.outcome, said.reply_code, said.reply_text))
    elif said is not None and said.outcome == attempts.DOT:
        _uncertain(h, delivery, "the sender died before the answer came")
    else:
        why = "the sender died before the end of the mail"
        _end(h, delivery, "deferred", {"reply_text": why, "next_attempt_at": h.at})


async def deliver_due(w: Wiring, carrier: Carrier) -> int:
    """Carry what is due; return how many deliveries were tried."""
    with w.db.write() as tx:
        claimed = outbox.claim(
            tx, w.node, w.now(), lease_seconds=w.settings.outbox.lease_seconds, limit=_AT_ONCE
        )
    one_by_one = asyncio.Lock()
    work = (_deliver(w, carrier, delivery, Turn(one_by_one, w.db.gate)) for delivery in claimed)
    # All come to their end before a fault of one is told: what is cut off after the final dot
    # would be sent twice. What the servers said is noted for all before the longer transactions.
    ended = await asyncio.gather(*work, return_exceptions=True)
    for one in ended:
        if isinstance(one, tuple):
            _settle(w, *one)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return len(claimed)


async def _deliver(
    w: Wiring, carrier: Carrier, claimed: Delivery, turn: Turn
) -> tuple[Delivery, Outcome] | None:
    delivery = _begin(w, claimed)
    if delivery is None:
        return None
    try:
        outcome = await _carry(w, carrier, delivery, turn)
        # The only window in which a kill sends a mail twice ends here: one row, nothing else.
        with w.db.write() as tx:
            attempts.end(tx, delivery, w.now(), outcome.state, outcome.code, outcome.text)
    finally:
        turn.end()
    return delivery, outcome


def _settle(w: Wiring, delivery: Delivery, outcome: Outcome) -> None:
    try:
        with under_claim(w, delivery) as h:
            _ENDINGS[outcome.state](h, delivery, outcome)
    except ClaimOver:
        journal.warn("lease_lost", delivery=delivery.id, outcome=outcome.state)
        return
    # The server's words may name the recipient: they are on the case, not in the log.
    journal.say(
        f"letter_{outcome.state}",
        delivery=delivery.id,
        attempt=delivery.attempts,
        code=outcome.code or "-",
        **({"reason": outcome.text} if outcome.state == "deferred" and not outcome.code else {}),
    )


async def _carry(w: Wiring, carrier: Carrier, delivery: Delivery, turn: Turn) -> Outcome:
    try:
        data = w.evidence.read(w.db, delivery.raw_sha256)
    except Tampered as error:
        return Outcome("refused", None, str(error))  # nothing left the house; a person must look
    except TryLater as error:
        return Outcome("deferred", None, str(error))

    async def may_end() -> bool:
        await turn.begin()
        return _may_end(w, delivery)

    return await carrier.carry(
        delivery.envelope_sender,
        delivery.address,
        data,
        may_end,
        delivery.own_copy,
    )


def _may_end(w: Wiring, delivery: Delivery) -> bool:
    """Commit that the final dot leaves: until then a kill leaves nothing at the server."""
    with w.db.write() as tx:
        if not outbox.holds(tx, delivery) or not outbox.may_leave(tx, delivery.letter_id):
            return False
        return attempts.end(tx, delivery, w.now(), attempts.DOT, None, "")


def _begin(w: Wiring, claimed: Delivery) -> Delivery | None:
    """Commit that we dial, and when to dial next, before dialing: a crash loop never hammers."""
    try:
        with under_claim(w, claimed) as h:
            if not outbox.may_leave(h.book.tx, claimed.letter_id):
                outbox.let_go(h.book.tx, claimed)
                return None
            return _dialing(h, claimed)
    except ClaimOver:
        return None


def _dialing(h: Happening, claimed: Delivery) -> Delivery:
    number, spent = claimed.attempts + 1, attempts.patience_spent(h.book.tx, claimed.id)
    values: dict[str, Any] = {
        "state": "sending",
        "attempts": number,
        "next_attempt_at": next_attempt(spent + 1, h.at, h.wiring.chance.jitter()),
    }
    attempts.begin(h.book.tx, claimed.id, number, h.at)
    h.record(claimed.case_id, "delivery_sending", Update(tables.deliveries, claimed.id, values))
    return replace(claimed, **values)


def _end(h: Happening, delivery: Delivery, state: str, values: dict[str, Any]) -> None:
    ended = {"state": state, **values, "lease_owner": None, "lease_until": None}
    change = Update(tables.deliveries, delivery.id, ended)
    h.record(delivery.case_id, f"delivery_{state}", change)


def _accepted(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    accept(h, replace(delivery, copies=delivery.copies + 1), outcome)


def accept(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    """The letter left, as its server says or its own copy proves: clocks stop, the case steps."""
    _end(
        h,
        delivery,
        "accepted",
        {
            "reply_code": outcome.code,
            "reply_text": outcome.text,
            "copies": delivery.copies,
            "accepted_at": h.at,
            "next_attempt_at": None,
            "sought_since": None,
        },
    )
    letter = outbox.letter(h.book.tx, delivery.letter_id)
    if not outbox.open_states(h.book.tx, letter.id, without=delivery.id):
        h.record(
            letter.case_id,
            "letter_done",
            Update(tables.letters, letter.id, {"state": "done", "done_at": h.at}),
        )
    if not delivery.to_contact or delivery.case_id is None:
        return
    keep_promises(h, letter, f"delivery:{delivery.id}")
    if letter.asks is not None:
        outbox.revoke_earlier_answers(h.book.tx, letter, h.at)
    if letter.event is not None:
        _step(h, delivery.case_id, delivery.letter_id, Event(letter.event))


def _step(h: Happening, case_id: int, letter_id: int, event: Event) -> None:
    case = casefile.by_id(h.book.tx, case_id)
    try:
        take_step(h, case, event, Because(h.at, None, "letter accepted"))
    except IllegalStep as error:
        # The case moved on while the letter waited: what it says may be out of date.
        open_task(h, case.id, "letter_out_of_step", error.what, letter_id=letter_id)


def _deferred(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    if delivery.next_attempt_at is None:
        _refused(h, delivery, Outcome("refused", outcome.code, f"given up: {outcome.text}"))
        return
    _end(
        h,
        delivery,
        "deferred",
        {"reply_code": outcome.code, "reply_text": outcome.text},
    )


def _blocked(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    """Our own configuration is at fault: no mail failed, the queue waits."""
    _end(
        h,
        delivery,
        "deferred",
        {
            "reply_code": outcome.code,
            "reply_text": outcome.text,
            "next_attempt_at": h.at + _BLOCKED_PAUSE,
        },
    )
    journal.warn("outbox_waits", reason=outcome.text)


def _refused(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    _end(
        h,
        delivery,
        "refused",
        {
            "reply_code": outcome.code,
            "reply_text": outcome.text,
            "next_attempt_at": None,
        },
    )
    open_task(
        h,
        delivery.case_id,
        "delivery_refused",
        f"the letter did not reach the customer: {outcome.text}",
        letter_id=delivery.letter_id,
    )


def _answerless(h: Happening, delivery: Delivery, outcome: Outcome) -> None:
    _uncertain(h, delivery, outcome.text)


def _uncertain(h: Happening, delivery: Delivery, why: str) -> None:
    """First it is looked for, where that can be done (reliability.md 6 B)."""
    sent = replace(delivery, copies=delivery.copies + 1)
    smtp, rules = h.wiring.settings.smtp, h.wiring.settings.outbox
    if (not smtp.sent_folder and not rules.bcc_own) or delivery.case_id is None:
        once_more(h, sent, why)
        return
    until = h.at + timedelta(minutes=rules.reconcile_minutes)
    values = {"reply_text": why, "copies": sent.copies, "next_attempt_at": until}
    _end(h, sent, "uncertain", {**values, "sought_since": h.at})


def once_more(h: Happening, delivery: Delivery, why: str) -> None:
    """The same bytes once more, then a person decides: at most two copies ever."""
    again = delivery.copies < MOST_COPIES
    values = {
        "reply_text": why,
        "copies": delivery.copies,
        "next_attempt_at": h.at if again else None,
        "sought_since": None,
    }
    _end(h, delivery, "uncertain", values)
    if not again:
        open_task(
            h,
            delivery.case_id,
            "delivery_uncertain",
            "nobody knows whether the letter arrived, and it was sent twice",
            letter_id=delivery.letter_id,
        )


_ENDINGS: Final[dict[str, Callable[[Happening, Delivery, Outcome], None]]] = {
    "accepted": _accepted,
    "deferred": _deferred,
    "blocked": _blocked,
    "refused": _refused,
    "uncertain": _answerless,
}
