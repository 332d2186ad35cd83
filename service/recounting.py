"""Which clocks must be reckoned anew: of a customer whose terms changed, or of all that rest on a
calendar or on terms of the company that are not what they were (R-8, R-11): at start and daily.
Measures rest on the company's calendar.

When nothing changed, this costs one look at a small table. What stands there is written after the
work is done: what a crash leaves is done again, and a clock that is right already is not touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from config.calendars import DaySets, day_sets
from service import journal
from service.measuring_time import reckon_measures
from service.recomputing import recompute, stale
from service.wiring import Wiring
from storage import casefile, clocks, reckoned
from storage.changes import canonical
from storage.reckoned import Reckoned

_AT_ONCE: Final = 200
_CALENDAR: Final = "calendar:"
_CUSTOMER: Final = "customer:"
_COMPANY: Final = "company"
# An open clock may have begun last year; a promise may reach into the next ones.
_YEARS: Final = range(-2, 3)


def name_of(customer_id: int | None) -> str:
    """Under which name it stands that a customer's cases must be reckoned anew."""
    return f"{_CUSTOMER}{customer_id}"


def keep_reckoned(w: Wiring) -> int:
    """See that every open clock is what a reckoning would say now; how many cases were moved."""
    with w.db.read() as connection:
        known = reckoned.everything(connection)
    moved = sum(recount(w, name) for name in known if name.startswith(_CUSTOMER))
    today = f"{w.now():%Y-%m-%d}"
    # Once a day: nodes that start one after another with a new configuration take no turns all day.
    if today in w.looked:
        return moved
    marks = _marks(w)
    other = {name for name, mark in marks.items() if name not in known or known[name].mark != mark}
    gone = {name for name in known if name.startswith(_CALENDAR) and name not in marks}
    if _COMPANY in other:
        moved += _recount_open(w, None, "the terms or the calendar of the company were changed")
    else:
        for name in sorted(other | gone):
            calendar = name.removeprefix(_CALENDAR)
            moved += _recount_open(w, calendar, f"the days of the calendar {calendar} were changed")
    if {_COMPANY, f"{_CALENDAR}{w.settings.company.calendar}"} & other:
        moved += reckon_measures(w)
    if other or gone:
        _remember(w, {name: marks[name] for name in other}, [known[name] for name in gone])
    w.looked.clear()
    w.looked.add(today)
    return moved


def recount(w: Wiring, name: str) -> int:
    """Reckon the cases of this customer anew, if that is to be done; how many were moved."""
    with w.db.read() as connection:
        todo = reckoned.everything(connection).get(name)
        if todo is None:
            return 0
        cases = clocks.open_cases_of(connection, int(name.removeprefix(_CUSTOMER)))
    moved = sum(_recount(w, case, todo.actor, todo.why) for case in cases)
    with w.db.write() as tx:
        reckoned.done(tx, todo)
    return moved


def _recount_open(w: Wiring, calendar: str | None, why: str) -> int:
    """All open clocks, or those of one calendar, a page at a time."""
    moved, after = 0, ("", 0)
    while True:
        with w.db.read() as connection:
            page = clocks.open_clocks(connection, after, _AT_ONCE, calendar)
        for case in dict.fromkeys(clock.case_id for clock in page):
            moved += _recount(w, case, "system", why)
        if len(page) < _AT_ONCE:
            return moved
        after = (page[-1].calendar, page[-1].id)


def _recount(w: Wiring, case_id: int, actor: str, why: str) -> int:
    """One case, in one transaction; none where nothing is to be changed."""
    with w.db.read() as connection:
        case = casefile.by_id(connection, case_id)
        if not any(True for _ in stale(w, connection, case, w.now())):
            return 0
    with w.happening(actor, "terms" if actor != "system" else "calendars") as h:
        changed = recompute(h, case_id, why)
    if changed:
        journal.say("clocks_recomputed", case=case.number, clocks=changed)
    return int(changed > 0)


def _remember(w: Wiring, marks: dict[str, str], gone: Iterable[Reckoned]) -> None:
    with w.db.write() as tx:
        for one in gone:
            reckoned.done(tx, one)
        for name, mark in marks.items():
            reckoned.note(tx, Reckoned(name, mark, "reckoned", "system", w.now()))


def _marks(w: Wiring) -> dict[str, str]:
    """What clocks rest upon, by name: the days of each calendar, and what the company agreed."""
    years, company = [w.now().year + one for one in _YEARS], w.settings.company
    return {
        _COMPANY: _mark([company.calendar, sorted(w.settings.terms.agreed.items())]),
        **{
            f"{_CALENDAR}{name}": _mark(_days(day_sets(calendar, years, company.timezone)))
            for name, calendar in w.settings.calendar.items()
        },
    }


def _days(sets: DaySets) -> list[object]:
    hours = [(day, [(str(a), str(b)) for a, b in spans]) for day, spans in sets.hours.items()]
    days = (sorted(map(str, one)) for one in (sets.closed, sets.working))
    return [sets.timezone, sorted(hours), *days]


def _mark(of: object) -> str:
    return hashlib.sha256(canonical(of).encode()).hexdigest()
