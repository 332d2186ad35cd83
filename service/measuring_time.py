"""Measures warn before their day ends and are escalated after it, like a clock (R-10, R-26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from cases.clocks import Plan, end_of, promised
from service import journal
from service.letters import promise_internal
from service.presence import staff
from service.tasks import open_task
from service.warning import Post, Told
from service.wiring import Happening, Wiring
from storage import casefile, measures, tables
from storage.book import Update
from storage.records import Case, Measure

WARNS: Final = ("3 business days before", "1 business day before")
_AT_ONCE: Final = 50
_SHORT: Final = 60  # characters of a measure in a list


def first_look(w: Wiring, due_on: date, at: datetime) -> dict[str, Any]:
    """The columns of a measure that is to be done until the end of this day."""
    found = _plan(w, due_on, at)
    # What would have warned before it was agreed was told with it.
    told = sum(one <= at for one in found.warns)
    return {"warned": told, "strikes_at": found.strikes(told, breached=False)}


def _plan(w: Wiring, due_on: date, since: datetime) -> Plan:
    calendar = w.calendar(w.settings.company.calendar, since)
    return promised(end_of(due_on, calendar), WARNS, since, calendar)


def reckon_measures(w: Wiring) -> int:
    """The days of the company's calendar are others (R-8): what is ahead of a measure is reckoned
    anew, what was told stays told. Return how many measures warn or are due otherwise now."""
    moved, after = 0, 0
    while True:
        with w.db.read() as connection:
            page = measures.ahead(connection, w.now(), after, _AT_ONCE)
        for one in page:
            if _ahead(w, one, w.now()) != {"warned": one.warned, "strikes_at": one.strikes_at}:
                moved += _reckon(w, one)
        if len(page) < _AT_ONCE:
            return moved
        after = page[-1].id


def _reckon(w: Wiring, one: Measure) -> int:
    with w.happening("system", "calendars") as h:
        h.book.lock([one.case_id])
        if not measures.strikes_still(h.book.tx, one):
            return 0
        values = _ahead(w, one, h.at)
        h.record(one.case_id, "measure_recomputed", Update(tables.measures, one.id, values))
    return 1


def _ahead(w: Wiring, one: Measure, now: datetime) -> dict[str, Any]:
    found = _plan(w, one.due_on, one.created_at)
    warned = min(one.warned, sum(at <= now for at in found.warns))
    strikes = found.strikes(warned, breached=False)
    return {"warned": warned, "strikes_at": strikes and strikes.astimezone(UTC)}


def strike_measures(w: Wiring) -> int:
    """Find the measures whose moment has come; return how many there were."""
    with w.db.read() as connection:
        struck = measures.striking(connection, w.now(), _AT_ONCE)
    if not struck:
        return 0
    kinds: list[tuple[str, Measure]] = []
    with w.happening("system", "sweep:measures") as h:
        post = Post(h)
        h.book.lock(one.case_id for one in struck)
        for one in struck:
            if measures.strikes_still(h.book.tx, one):
                mine = h.because("clock:measure", f"measure:{one.id}")
                kinds.append((_strike(mine, one, post), one))
        post.send()
    for kind, one in kinds:
        journal.warn(kind, measure=one.id, case=one.case_id)
    return len(struck)


def _strike(h: Happening, measure: Measure, post: Post) -> str:
    case = casefile.by_id(h.book.tx, measure.case_id)
    found = _plan(h.wiring, measure.due_on, measure.created_at)
    passed = max(sum(at <= h.at for at in found.warns), measure.warned)
    breached = h.at >= found.due
    values: dict[str, Any] = {
        "warned": passed,
        "strikes_at": None if breached else found.strikes(passed, breached=False),
    }
    calendar = h.wiring.settings.company.calendar
    text, cause = _in_short(measure.text), f"measure:{measure.id}:{passed}:{measure.due_on}"
    about = Told(case, "warning", "measure", found.due, cause, calendar, text, measure.created_at)
    if breached:
        values["breached_at"] = found.due
        why = f"{text} was due {measure.due_on}, owner {measure.owner}"
        open_task(h, case.id, "measure_overdue", why)
        limit = f"measure:{measure.id}:limit:{measure.due_on}"
        post.escalate(replace(about, template="escalation", cause=limit))
    elif passed > measure.warned:
        post.warn(about, measure.owner, case.manager)
    kind = "measure_overdue" if breached else "measure_warned"
    h.record(case.id, kind, Update(tables.measures, measure.id, values))
    return kind


def _in_short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHORT else plain[: _SHORT - 1] + "…"


def tell_owner(h: Happening, case: Case, measure: Measure, cause: str) -> None:
    """R-26: the owner, or whoever stands in, is told by mail what is to be done until when."""
    owner = staff(h.book.tx, h.at).here(measure.owner)
    if owner is None or not owner.email:
        return
    facts = {
        "measure": {
            "kind": measure.kind,
            "text": measure.text,
            "due_on": measure.due_on.isoformat(),
        },
        "owner": {"name": owner.full_name},
    }
    promise_internal(h, case, (owner.full_name, owner.email), "measure", cause=cause, facts=facts)
