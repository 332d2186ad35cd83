"""Judges the simulated year: what was told, against what should have been told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from storage import history, tables
from tests.fault.year_acts import ACTS
from tests.fault.year_desk import Desk
from tests.fault.year_life import Life, Lives, Promise
from tests.fault.year_plans import Planned

# Clock, which warning or the limit, and the date that was promised.
_ABOUT: Final = re.compile(r":clock:(\d+):(\w+)(:\d{8}T\d{6})?")


@dataclass(frozen=True)
class Happened:
    """An event, and when it was done."""

    at: datetime
    planned: Planned


def judge(
    desk: Desk, log: Sequence[Happened], sweeps: Sequence[datetime], faults: list[str]
) -> tuple[int, int, int]:
    """Append what is wrong to `faults`; return the clocks, warnings and escalations judged."""
    lives = lived(desk, log, sweeps)
    told = _told(desk, faults)
    clocks, letters = _clocks(desk), Counter[str]()
    for case, life in lives.items():
        held = clocks.pop(desk.numbers[case], [])
        letters.update(which for row in held for which, _ in told.get(row["id"], ()))
        faults += _unlike(case, life, held, told)
    faults += [f"{number} is a case of nobody" for number in clocks]
    faults += _not_rebuilt(desk)
    escalations = letters.pop("limit", 0)
    return sum(len(life.promises) for life in lives.values()), letters.total(), escalations


def lived(desk: Desk, log: Sequence[Happened], sweeps: Sequence[datetime]) -> Lives:
    """The life of every case, from the events and the sweeps alone."""
    w = desk.w
    name = w.settings.company.calendar
    lives: Lives = defaultdict(lambda: Life(lambda at: w.calendar(name, at)))
    end = max([*sweeps, *(one.at for one in log)]).replace(year=9000)
    for one in log:
        touched = [lives[one.planned.case]]
        if into := one.planned.about.get("into"):
            touched.append(lives[into])
        for promise in (promise for life in touched for promise in life.promises):
            promise.look(sweeps, one.at)
        ACTS[one.planned.act].means(lives[one.planned.case], one.at, one.planned, lives)
    for promise in (promise for life in lives.values() for promise in life.promises):
        promise.look(sweeps, end)
    return lives


def _told(desk: Desk, faults: list[str]) -> dict[int, list[tuple[str, datetime]]]:
    """Of each clock: which warnings and escalations were promised, and when."""
    letters, found = tables.letters, defaultdict(list)
    once: Counter[tuple[str | None, ...]] = Counter()
    with desk.w.db.read() as connection:
        rows = connection.execute(
            select(letters.c.promise_key, letters.c.recipients, letters.c.created_at).where(
                letters.c.template.in_(("warning", "escalation"))
            )
        ).all()
    tellings = set()
    for row in rows:
        about = _ABOUT.search(row.promise_key)
        if about is None:
            continue  # of something else than a clock
        once[*about.groups(), row.recipients[0]["address"]] += 1
        tellings.add((int(about[1]), about[2], row.created_at, about[3] or ""))
    for clock, which, at, _ in sorted(tellings):
        found[clock].append((which, at))
    faults += [f"{about} was told {count} times" for about, count in once.items() if count > 1]
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


def _unlike(
    case: str,
    life: Life,
    held: list[dict[str, Any]],
    told: dict[int, list[tuple[str, datetime]]],
) -> list[str]:
    promises = sorted(life.promises, key=lambda one: (one.name, one.started))
    held = sorted(held, key=lambda row: (row["name"], row["started_at"]))
    if len(promises) != len(held):
        names = Counter(one.name for one in promises), Counter(row["name"] for row in held)
        return [f"{case}: {len(promises)} promises, {len(held)} clocks: {names}"]
    found = []
    for promise, row in zip(promises, held, strict=True):
        should, does = _as_it_should(promise), _as_it_is(row, told.get(row["id"], []))
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
        "started": promise.started,
        "due": promise.due.astimezone(UTC),
        "ended": promise.ended,
        "breached": promise.breached and promise.breached.astimezone(UTC),
        "warned": promise.warned,
        "pauses": sorted(map(tuple, promise.pauses), key=str),
        "told": [(which, f"{at:%Y-%m-%d %H:%M:%S}") for which, at in sorted(promise.tellings)],
    }


def _as_it_is(row: dict[str, Any], told: list[tuple[str, datetime]]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "state": row["state"],
        "time": row["time"],
        "started": row["started_at"],
        "due": row["due_at"],
        "ended": row["stopped_at"],
        "breached": row["breached_at"],
        "warned": row["warned"],
        "pauses": sorted(row["pauses"], key=str),
        "told": [(which, f"{at:%Y-%m-%d %H:%M:%S}") for which, at in sorted(told)],
    }


def _not_rebuilt(desk: Desk) -> list[str]:
    """R-46: history alone rebuilds every case, with every clock."""
    found = []
    with desk.w.db.read() as connection:
        for row in connection.execute(select(tables.cases.c.id, tables.cases.c.number)).all():
            found += [f"{row.number}: {fault}" for fault in history.faults(connection, row.id)]
    return found
