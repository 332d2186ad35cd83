"""A new case finds its manager at once (R-32), and the manager hears of it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cases.assignment import Choice, by_part, by_rules, in_turn
from service.letters import promise_internal
from service.people import RIGHTS
from service.presence import staff_of
from service.terms import terms_of_customer
from service.wiring import Happening
from storage import people
from storage.records import Case, User

_IN_TURN: Final = ("manager",)  # supervisors get cases by a rule or by hand only


def choose(
    h: Happening,
    mailbox: str,
    customer_id: int | None,
    before: str | None,
    lines: Iterable[Mapping[str, Any]],
) -> Choice:
    """Who gets a new case, and why. `before`: the manager of the case that it goes on from."""
    order = h.book.once("turns", lambda: people.longest_without_case(h.book.tx, _IN_TURN))
    chosen = _chosen(h, _wishes(h, mailbox, customer_id, before, lines), order)
    if chosen.manager in order:  # the next case of this transaction is somebody else's turn
        order.remove(chosen.manager)
        order.append(chosen.manager)
    return chosen


def _chosen(h: Happening, wishes: Iterable[tuple[str, str]], order: Iterable[str]) -> Choice:
    here = staff_of(h)
    able = {one.name for one in here.users.values() if one.role in RIGHTS["letter"]}
    found = by_rules(wishes, able, here.deputies)
    return found or in_turn([name for name in order if name in able], here.deputies)


def _wishes(
    h: Happening,
    mailbox: str,
    customer_id: int | None,
    before: str | None,
    lines: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, str]]:
    settings = h.wiring.settings
    box = h.wiring.mailbox(mailbox)
    if before:
        yield "manager of the case before", before
    if theirs := terms_of_customer(h, customer_id).get("manager"):
        yield "manager of the customer", str(theirs)
    yield from by_part(((one.part, one.manager) for one in settings.assign), lines)
    if box.manager:
        yield f"manager of the mailbox {box.name}", box.manager
    if settings.company.manager:
        yield "manager of the company", settings.company.manager


def tell_manager(
    h: Happening, case: Case, clocks: Iterable[Mapping[str, Any]], *, cause: str
) -> None:
    """The manager, or whoever stands in, gets the letter `new_case`; not for an own act."""
    if not h.wiring.settings.company.tell_new_cases or not case.manager:
        return
    reader = staff_of(h).here(case.manager)
    if reader is None or not reader.email or h.actor == f"user:{reader.name}":
        return
    tell(h, case, reader, clocks, cause=cause)


def tell(
    h: Happening, case: Case, reader: User, clocks: Iterable[Mapping[str, Any]], *, cause: str
) -> None:
    """The letter `new_case` with what is promised."""
    zone = h.wiring.timezone
    promises = [
        {"what": one["name"], "due": f"{one['due_at'].astimezone(zone):%Y-%m-%d %H:%M} ({zone})"}
        for one in clocks
    ]
    promise_internal(
        h,
        case,
        (reader.full_name, reader.email),
        "new_case",
        cause=cause,
        facts={"promises": promises},
    )
