"""Whether an automatic letter may leave now: the brakes, asked with what the database counts."""

from __future__ import annotations

from service.brakes import Brake, brakes, reached
from service.freezing import Frozen
from service.wiring import Happening
from storage import traffic
from storage.order import take_turn
from storage.records import Case, Letter


def braked(h: Happening, case: Case | None, frozen: Frozen) -> Brake | None:
    """The brake that is reached for one of its recipients; None: it may leave.

    A letter that a person released is braked no more.
    """
    letter = frozen.letter
    if not letter.automatic or letter.released_at is not None:
        return None
    if case is None or frozen.words.audience == "internal":
        return None  # no flood keeps a warning back, and each is told once
    take_turn(h.book.tx, "brakes")
    promise = bool(frozen.words.stops) and _is_known(h, case, letter)
    for recipient in letter.recipients:
        address = str(recipient["address"])
        domain = address.rpartition("@")[2]
        table = brakes(h.wiring.settings.outbox, domain, promise=promise)
        if brake := reached(table, lambda one, a=address: _count(h, one, a)):  # type: ignore[misc]  # mypy: lambda
            return brake
    return None


def _count(h: Happening, brake: Brake, address: str) -> int:
    since = h.at - brake.time
    match brake.scope:
        case "address":
            return traffic.automatic_letters(h.book.tx, since, brake.most, address=address)
        case "domain":
            domain = address.rpartition("@")[2]
            return traffic.automatic_letters(h.book.tx, since, brake.most, domain=domain)
        case "all":
            return traffic.automatic_letters(h.book.tx, since, brake.most)


def _is_known(h: Happening, case: Case, letter: Letter) -> bool:
    """A person said who it is, or the sender's own domain stands for the mail."""
    if case.contact_id is not None and traffic.is_confirmed(h.book.tx, case.contact_id):
        return True
    if letter.answers_message_id is None:
        return False
    found = traffic.authentication_of(h.book.tx, letter.answers_message_id)
    return found.get("dmarc") == "pass" and not found.get("doubtful")
