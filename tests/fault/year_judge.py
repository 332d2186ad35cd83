"""Judges the simulated year: what was told, against what should have been told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from storage import history, tables
from tests.fault.year_acts import ACTS
from tests.fault.year_desk import Desk
from tests.fault.year_life import Life
from tests.fault.year_plans import Planned
from tests.fault.year_promise import Promise
from tests.fault.year_terms import Lives


@dataclass(frozen=True)
class Happened:
    """An event, and when it was done."""

    at: datetime
    planned: Planned


# Not an act of anybody: clocks are reckoned anew, with the calendars that hold from here.
ANEW: Final = "anew"
# What, of which promise, due when, told when: as letters say it.
Telling = tuple[str, str, str, datetime]


def judge(
    desk: Desk, log: Sequence[Happened], sweeps: Sequence[datetime], faults: list[str]
) -> tuple[int, int, int]:
    """Append what is wrong to `faults`; return the clocks, warnings and escalations judged."""
    lives = lived(desk, log, sweeps)
    told, clocks = _told(desk), _clocks(desk)
    kinds, count = Counter[str](), 0
    for case, life in lives.items():
        number = desk.numbers[case]
        count += len(life.promises) + len(life.measures)
        faults += _unlike(case, life, clocks.pop(number, []))
        should = _should(desk, life)
        kinds.update(kind for kind, *_ in should.elements())
        faults += [f"{case}: {fault}" for fault in _wrongly(should, told.pop(number, {}))]
    faults += [f"{number} is a case of nobody" for number in (*clocks, *told)]
    faults += _not_rebuilt(desk)
    return count, kinds["warning"], kinds["escalation"]


def lived(desk: Desk, log: Sequence[Happened], sweeps: Sequence[datetime]) -> Lives:
    """The life of every case, from the events and the sweeps alone."""
    calendars = desk.calendars[:1]
    lives = Lives(lambda name, at: calendars[-1](name, at))
    end = max([*sweeps, *(one.at for one in log)]).replace(year=9000)
    for one in log:
        for life in _touched(lives, one.planned):
            life.look(sweeps, one.at)
        if one.planned.act == ANEW:
            calendars.append(desk.calendars[one.planned.about["calendars"]])
            for life in lives.values():
                life.other_calendars(one.at)
        else:
            ACTS[one.planned.act].means(lives[one.planned.case], one.at, one.planned, lives)
    for life in lives.values():
        life.look(sweeps, end)
    return lives


def _touched(lives: Lives, one: Planned) -> list[Life]:
    if one.act == ANEW:
        return list(lives.values())
    if one.about.get("of") == "customer":
        return [lives[one.case], *lives.of_customer(one.case)]
    return [lives[case] for case in (one.case, one.about.get("into")) if case]


def _should(desk: Desk, life: Life) -> Counter[Telling]:
    zone = desk.w.timezone
    return Counter(
        (kind, promise.name, f"{due.astimezone(zone):%Y-%m-%d %H:%M} ({zone})", at)
        for promise in (*life.promises, *life.measures)
        for kind, due, at in promise.tellings
    )


def _told(desk: Desk) -> dict[str, dict[str, Counter[Telling]]]:
    """What each reader was told of each case, by letters of their own and by lists."""
    found: dict[str, dict[str, Counter[Telling]]] = defaultdict(lambda: defaultdict(Counter))
    for number, reader, template, facts, at in _letters(desk):
        items = facts["items"] if number is None else [{**facts["promise"], "number": number}]
        for item in items:
            # A list names no template: what was due already was escalated.
            kind = template if number else "warning" if item["left"] else "escalation"
            found[item["number"]][reader][kind, item["what"], item["due"], at] += 1
    return found


def _letters(desk: Desk) -> list[tuple[str | None, str, str, dict[str, Any], datetime]]:
    letters, cases = tables.letters, tables.cases
    query = (
        select(cases.c.number, letters)
        .join(cases, cases.c.id == letters.c.case_id, isouter=True)
        .where(letters.c.template.in_(("warning", "escalation", "digest")))
    )
    with desk.w.db.read() as connection:
        return [
            (row.number, row.recipients[0]["address"], row.template, row.facts, row.created_at)
            for row in connection.execute(query)
        ]


def _wrongly(should: Counter[Telling], told: dict[str, Counter[Telling]]) -> list[str]:
    """Each telling has readers, and none of them reads it more often than it is true."""
    every = {one for counts in (should, *told.values()) for one in counts}
    found = []
    for one in sorted(every):
        counts = sorted({counts[one] for counts in told.values() if counts[one]}) or [0]
        if counts != [should[one]]:
            found.append(f"{one[:3]} at {one[3]} was told {counts} times, should be {should[one]}")
    return found


def _clocks(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    clocks, pauses = tables.clocks, defaultdict(list)
    found = defaultdict(list)
    with desk.w.db.read() as connection:
        for row in connection.execute(select(tables.clock_pauses)):
            pauses[row.clock_id].append((row.paused_at, row.resumed_at))
        query = select(clocks, tables.cases.c.number).join(tables.cases)
        for row in connection.execute(query.order_by(clocks.c.id)):
            one = dict(row._mapping)
            found[one["number"]].append({**one, "pauses": pauses[one["id"]]})
    return found


def _unlike(case: str, life: Life, held: list[dict[str, Any]]) -> list[str]:
    promises = sorted(life.promises, key=lambda one: (one.name, one.started))
    held = sorted(held, key=lambda row: (row["name"], row["started_at"]))
    if len(promises) != len(held):
        names = Counter(one.name for one in promises), Counter(row["name"] for row in held)
        return [f"{case}: {len(promises)} promises, {len(held)} clocks: {names}"]
    found = []
    for promise, row in zip(promises, held, strict=True):
        should, does = _as_it_should(promise), _as_it_is(row)
        wrong = [name for name in should if should[name] != does[name]]
        found += [
            f"{case}, {promise.name}: {name} is {does[name]}, should be {should[name]}"
            for name in wrong
        ]
    return found


def _as_it_should(promise: Promise) -> dict[str, Any]:
    return {
        "name": promise.name,
        "state": promise.state,
        "time": promise.time,
        "warns": list(promise.warns),
        "calendar": promise.calendar.name,
        "started": promise.started,
        "due": promise.due.astimezone(UTC),
        "ended": promise.ended,
        "breached": promise.breached and promise.breached.astimezone(UTC),
        "warned": promise.warned,
        "pauses": sorted(map(tuple, promise.pauses), key=str),
    }


def _as_it_is(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "state": row["state"],
        "time": row["time"],
        "warns": row["warns"],
        "calendar": row["calendar"],
        "started": row["started_at"],
        "due": row["due_at"],
        "ended": row["stopped_at"],
        "breached": row["breached_at"],
        "warned": row["warned"],
        "pauses": sorted(row["pauses"], key=str),
    }


def _not_rebuilt(desk: Desk) -> list[str]:
    """R-46: history alone rebuilds every case, with every clock."""
    found = []
    with desk.w.db.read() as connection:
        for row in connection.execute(select(tables.cases.c.id, tables.cases.c.number)).all():
            found += [f"{row.number}: {fault}" for fault in history.faults(connection, row.id)]
    return found
