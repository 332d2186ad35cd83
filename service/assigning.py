"""A new case finds its manager at once (R-32), and the manager hears of it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cases.assignment import Choice, by_part, by_rules, in_turn
from service.letters import promise_internal
from service.people import RIGHTS
from service.presence import staff
from service.wiring import Happening
from storage import people
from storage import terms as agreed
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
    here = staff(h.book.tx, h.at)
    able = {one.name for one in here.users.values() if one.role in RIGHTS["letter"]}
    wishes = _wishes(h, mailbox, customer_id, before, lines)
    found = by_rules(wishes, able, here.deputies)
    if found is not None:
        return found
    h.book.flush()  # a case of this batch was somebody's turn
    order = people.longest_without_case(h.book.tx, _IN_TURN)
    return in_turn([name for name in order if name in able], here.deputies)


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
    if theirs := agreed.of_customer(h.book.tx, customer_id).get("manager"):
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
    reader = staff(h.book.tx, h.at).here(case.manager)
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
