"""Is the service well? One look after another, by the sweep; what is served is the last look.

Nothing here names a customer, a mail or a password: it is told to whoever watches from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from cases.errors import AmendsError
from service.vital import LIVE_SECONDS, Finding, Report
from service.wiring import Wiring
from storage import room, round_trips, signs
from storage.database import Connection

# A look that is older says nothing any more.
STALE: Final = timedelta(seconds=60)
# After a start, or when the database is back, every mailbox gets the time of one poll.
SETTLING: Final = timedelta(seconds=90)
SWEEP: Final = "sweep"
# Letters of people may wait longer than those that the service promised (reliability.md 4.2).
_PATIENCE_OF_PEOPLE: Final = 4
_MIB: Final = 1024 * 1024


def live(w: Wiring) -> dict[str, Any]:
    """Whether the loops turn. A slow server is no reason to kill a process: see `ready`."""
    limits = {
        # A batch of mails, each with the time that its reading may take.
        "registrar": 2 * LIVE_SECONDS,
        "clocks": LIVE_SECONDS,
        # A claim must outlast the dialogue with the server (service.way_out.carrier).
        "outbox": LIVE_SECONDS + w.settings.outbox.lease_seconds,
    }
    stuck = w.vital.stuck(limits, must_beat=SWEEP)
    return {"live": not stuck, "stuck": stuck}


def ready(w: Wiring) -> dict[str, Any]:
    """Whether mail is read, registered and acknowledged in time; every reason why not."""
    report, now = w.vital.report, w.now()
    if report is None or now - report.at > STALE:
        findings: tuple[Finding, ...] = (Finding("watch", "nobody has looked for a minute"),)
    else:
        findings = report.findings
    return {
        "ready": not findings,
        "not_ready": [{"kind": one.kind, "what": one.what} for one in findings],
        "looked_at": None if report is None else f"{report.at:%Y-%m-%dT%H:%M:%SZ}",
    }


def look(w: Wiring, settled_since: datetime) -> Report:
    """Look at everything. `settled_since`: since when this process runs with its database."""
    now = w.now()
    found = [*_evidence(w)]
    facts: dict[str, Any] = {}
    judged = {"evidence", "database", "watch"}
    try:
        with w.db.write() as tx:
            signs.mark(tx, now)
        with w.db.read() as connection:
            facts = _facts(w, connection, now)
    except AmendsError:
        # Its words may hold the address of the database; the log has them.
        found.append(Finding("database", "the database cannot be written or does not answer"))
    else:
        settled = now - settled_since >= SETTLING
        judgements = list(_judged(w, facts, now, settled))
        judged |= {one.kind for one, _ in judgements}
        found += [one for one, wrong in judgements if wrong]
    return Report(now, tuple(found), frozenset(judged), facts)


def _evidence(w: Wiring) -> Iterator[Finding]:
    """reliability.md 4.1: 1 GiB and 5 % free, or what the configuration says."""
    wanted = w.settings.health
    try:
        disk = room.write_and_measure(w.settings.evidence.folder)
    except AmendsError:
        yield Finding("evidence", "the evidence folder cannot be written")
        return
    try:
        w.evidence.objects.reach()
    except AmendsError:
        yield Finding("evidence", "the store of the evidence does not answer")
    if disk.free < wanted.free_mb * _MIB or disk.percent < wanted.free_percent:
        yield Finding(
            "evidence",
            f"the disk of the evidence has {disk.free // _MIB} MiB free "
            f"({disk.percent:.0f} %); {wanted.free_mb} MiB and {wanted.free_percent} % are wanted",
        )


def _facts(w: Wiring, connection: Connection, now: datetime) -> dict[str, Any]:
    limit = timedelta(minutes=w.settings.alarm.after_minutes)
    boxes = [box.name for box in w.settings.mailbox]
    sends = w.settings.health.synthetic_minutes
    return {
        "polls": signs.polls(connection),
        "oldest_mail": signs.oldest_waiting_mail(connection),
        "oldest_automatic": signs.oldest_unsent(connection, automatic=True),
        "oldest_manual": signs.oldest_unsent(connection, automatic=False),
        "stopped": signs.is_stopped(connection),
        "breakers": signs.breakers(connection),
        "overdue": {
            name: round_trips.overdue(connection, name, now - limit) if sends else None
            for name in boxes
        },
        "round_trip_seconds": {name: round_trips.last_seconds(connection, name) for name in boxes},
    }


def _judged(
    w: Wiring, facts: Mapping[str, Any], now: datetime, settled: bool
) -> Iterator[tuple[Finding, bool]]:
    """Every kind that can be judged, with what would be said, and whether it is so."""
    alarm = w.settings.alarm
    limit = timedelta(minutes=alarm.after_minutes)
    for box in w.settings.mailbox:
        yield _poll(w, box.name, facts["polls"].get(box.name), now, settled)
        state = w.vital.mailboxes.get(box.name)
        percent = (state.quota_percent if state else None) or 0
        full = f"mailbox {box.name} is {percent} % full; beyond 100 % mails of customers bounce"
        yield Finding(f"quota:{box.name}", full), percent > alarm.quota_percent
        left = facts["overdue"][box.name]
        lost = f"the mail that {box.name} sent itself is not back: {_when(left)}"
        yield Finding(f"round_trip:{box.name}", lost, settled), left is not None
    since = facts["oldest_mail"]
    waits = f"a mail was fetched and is not registered: {_when(since)}"
    yield Finding("registration", waits, settled), _older(since, now, limit)
    for kind, times in (("automatic", 1), ("manual", _PATIENCE_OF_PEOPLE)):
        since = facts[f"oldest_{kind}"]
        patience = timedelta(minutes=alarm.letter_minutes * times)
        what = "an acknowledgment" if kind == "automatic" else "a letter"
        said = f"{what} has not left: {_when(since)}"
        # The brake is somebody's will; a letter behind it waits on purpose.
        wrong = _older(since, now, patience) and not facts["stopped"]
        yield Finding(f"letters:{kind}", said, settled), wrong


def _poll(
    w: Wiring, name: str, polled: datetime | None, now: datetime, settled: bool
) -> tuple[Finding, bool]:
    limit = timedelta(minutes=w.settings.alarm.after_minutes)
    kind = f"mailbox:{name}"
    if polled is None:
        # Not ready from the first moment, but no alarm before it had its time.
        begun = w.vital.started_at or now
        late = settled and _older(begun, now, limit)
        return Finding(kind, f"mailbox {name} was never read", late), True
    said = f"mailbox {name} was not read since {_utc(polled)}"
    return Finding(kind, said, settled), _older(polled, now, limit)


def _older(since: datetime | None, now: datetime, limit: timedelta) -> bool:
    return since is not None and now - since > limit


def _when(since: datetime | None) -> str:
    return f"it waits since {_utc(since)}" if since else "it does not wait"


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
