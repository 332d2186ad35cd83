"""A letter comes back: the delivery it names is bounced, and its promise is open again (R-7).

Only the token in the address to which a report came names a delivery for sure: it stood nowhere
but in the envelope of that one. Any other report is information, whatever it says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cases.lifecycle import OPEN_STATES
from intake.kinds import bounce
from intake.kinds.dsn import Reported, verdict
from service import journal
from service.arrived import Arrived
from service.clocks import again
from service.judge import Place
from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage import casefile, outbox, tables
from storage.book import Update
from storage.records import Case, Delivery, Token

# reliability.md 4.2: a delay is no error; a manager hears of it after this time.
TELL_AFTER: Final = timedelta(hours=4)
_AT_ONCE: Final = 100
_LEFT: Final = frozenset({"sending", "accepted", "deferred", "uncertain"})


def came_back(h: Happening, arrived: Arrived, case: Case, place: Place, message_id: int) -> None:
    """A report about a mail of ours was filed in `case`; let it do what it may."""
    report = bounce.recipients(arrived.mail)
    delivery = _delivery(h, place.token)
    if delivery is None:
        open_task(h, case.id, "bounce", "a letter came back", message_id=message_id)
        return
    match verdict(report):
        case "failed":
            _bounced(h, delivery, _words(report), message_id)
        case "delayed":
            _delayed(h, delivery, _words(report))
        case "arrived":
            pass  # it is filed: a relay tells that it has handed the letter on
        case "unknown":
            why = "a report about a letter that must be read by a person"
            open_task(h, case.id, "bounce", why, message_id=message_id)


def valid_token(token: Token | None, at: datetime) -> bool:
    """Whether a report with this token may change a delivery."""
    return (
        token is not None
        and token.purpose == "bounce"
        and token.revoked_at is None
        and (token.expires_at is None or token.expires_at > at)
    )


def _delivery(h: Happening, token: Token | None) -> Delivery | None:
    if token is None or not valid_token(token, h.at):
        return None
    h.book.lock([token.case_id])
    h.book.flush()  # another mail of this batch may have been about it
    found = outbox.delivery(h.book.tx, token.delivery_id)
    # What never left cannot come back.
    return found if found.state in _LEFT and found.attempts else None


def _bounced(h: Happening, delivery: Delivery, words: str, message_id: int) -> None:
    letter = outbox.letter(h.book.tx, delivery.letter_id)
    values = {
        "state": "bounced",
        "bounced_at": h.at,
        "bounce_text": words,
        "next_attempt_at": None,
        "sought_since": None,
        "tell_delay_at": None,
        # Whoever carries it right now writes nothing any more.
        "lease_owner": None,
        "lease_until": None,
    }
    h.record(delivery.case_id, "delivery_bounced", Update(tables.deliveries, delivery.id, values))
    kind = "delivery_bounced"
    if delivery.to_contact and _reopened(h, delivery):
        kind = "acknowledgment_bounced" if "acknowledgment" in letter.stops else kind
    open_task(
        h,
        delivery.case_id,
        kind,
        f"the letter came back, the customer did not get it: {words}",
        message_id=message_id,
        letter_id=delivery.letter_id,
    )
    journal.warn(kind, delivery=delivery.id, letter=delivery.letter_id)


def _reopened(h: Happening, delivery: Delivery) -> bool:
    """R-7: clocks that this delivery stopped run again, with their start and due time.

    One that is late by now is breached by the sweep, at its due time, like any other.
    """
    if delivery.case_id is None:
        return False
    case = casefile.by_id(h.book.tx, delivery.case_id)
    stopped = casefile.clocks_ended_by(h.book.tx, case.id, "stopped", f"delivery:{delivery.id}")
    if case.state not in {state.value for state in OPEN_STATES}:
        return False
    for clock in stopped:
        change = Update(tables.clocks, clock.id, again(h, clock))
        h.record(case.id, "clock_reopened", change)
    return bool(stopped)


def _delayed(h: Happening, delivery: Delivery, words: str) -> None:
    """No state changes: the relay goes on trying."""
    if delivery.bounce_text is not None:
        return
    told = (delivery.accepted_at or h.at) + TELL_AFTER
    values = {"bounce_text": f"delayed: {words}", "tell_delay_at": max(told, h.at)}
    h.record(delivery.case_id, "delivery_delayed", Update(tables.deliveries, delivery.id, values))


def tell_delays(w: Wiring) -> int:
    """Tell managers of letters that their relay could not hand on for hours; return how many."""
    with w.db.read() as connection:
        found = outbox.delays(connection, w.now(), _AT_ONCE)
    for one in found:
        with w.happening("system", f"delivery:{one.id}") as h:
            delivery = outbox.still_delayed(h.book.tx, one)
            if delivery is None:
                continue
            values = {"tell_delay_at": None}
            change = Update(tables.deliveries, one.id, values)
            h.record(one.case_id, "delay_told", change)
            open_task(
                h,
                one.case_id,
                "delivery_delayed",
                f"the letter is still on its way: {delivery.bounce_text}",
                letter_id=one.letter_id,
            )
    return len(found)


def _words(report: tuple[Reported, ...]) -> str:
    """What the report says of the first recipient that it is about."""
    one = next((r for r in report if r.action in ("failed", "delayed")), report[0])
    return " ".join(filter(None, (one.address, one.status, one.words))) or "no reason given"
