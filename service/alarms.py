"""One alarm and one all-clear for every incident, by another way than the customers' letters.

Incidents stand in the database; while that is away they stand here, and are written back.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cases.errors import AmendsError, TryLater
from config.settings import Alarm
from mailer.carry import Carrier
from mailer.compose import Outgoing, compose
from service import health, journal
from service.vital import Finding, Report
from service.way_out import carrier_to
from service.wiring import Wiring
from storage import incidents
from storage.incidents import Incident

# The claim outlasts every way; one that failed is tried again when it runs out.
_CLAIM_SECONDS: Final = 60

Tell = Callable[[str, str], None]
"""Tell operators: a line, and the whole text. Raises TryLater."""


@dataclass(slots=True)
class Watchman:
    """Looks, notes what begins and ends, and has it told. `look` and `tell` may be two threads."""

    w: Wiring
    ways: tuple[Tell, ...]
    settled_since: datetime = field(init=False)
    known: dict[str, Incident] = field(default_factory=dict)  # open ones, as the database said last
    remembered: dict[int, Incident] = field(default_factory=dict)  # what it does not know yet
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.settled_since = self.w.vital.started_at = self.w.now()

    def look(self) -> Report:
        """See how everything is, and write down what began and what is over."""
        self.w.vital.beat(health.SWEEP)
        was_away = "database" in self._open()
        report = health.look(self.w, self.settled_since)
        is_away = any(one.kind == "database" for one in report.findings)
        if was_away and not is_away:
            self.settled_since = report.at
            report = health.look(self.w, self.settled_since)
        self.w.vital.report = report
        try:
            if is_away:
                raise TryLater("the database is away")
            self._store(report)
        except AmendsError:
            self._remember(report)
        return report

    def tell(self) -> int:
        """Tell what was not told yet; return how much was."""
        self._watch_the_watch()
        with self.lock:
            mine = [one for one in self.remembered.values() if one.untold]
        if mine or "database" in self._open() or "watch" in self._open():
            return sum(self._tell_remembered(one) for one in mine)
        seconds = _CLAIM_SECONDS + self.w.settings.alarm.timeout_seconds
        with self.w.db.write() as tx:
            claimed = incidents.claim(tx, seconds)
        return sum(self._tell_stored(one) for one in claimed)

    def _watch_the_watch(self) -> None:
        """A database that neither answers nor refuses keeps `look` waiting, and is told as well."""
        report, now = self.w.vital.report, self.w.now()
        since = report.at if report else self.settled_since
        if now - since > health.STALE:
            what = f"nobody could look after the service since {since:%Y-%m-%d %H:%M} UTC"
            self._remember(Report(now, (Finding("watch", what),), frozenset({"watch"})))

    def _open(self) -> dict[str, Incident]:
        with self.lock:
            remembered = {o.kind: o for o in self.remembered.values() if o.ended_at is None}
            over = {o.id for o in self.remembered.values() if o.ended_at is not None}
            known = {kind: one for kind, one in self.known.items() if one.id not in over}
        return known | remembered

    # --- what began and what is over

    def _store(self, report: Report) -> None:
        """In the database, with what happened while it was away."""
        self._end(report, {one.kind for one in report.findings}, only_remembered=True)
        with self.lock:
            back = dict(self.remembered)
        with self.w.db.write() as tx:
            incidents.write_back(tx, back.values())
            there = incidents.open_incidents(tx)
            for one in report.findings:
                if one.alarms and one.kind not in there:
                    incidents.begin(tx, self._new(one, report.at))
            wrong = {one.kind for one in report.findings}
            incidents.end(tx, (report.judged & there.keys()) - wrong, report.at)
            there = incidents.open_incidents(tx)
        with self.lock:
            self.known = there
            self.remembered = {k: v for k, v in self.remembered.items() if v is not back.get(k)}

    def _remember(self, report: Report) -> None:
        """Here, as the database is away."""
        there = self._open()
        with self.lock:
            for one in report.findings:
                if one.alarms and one.kind not in there:
                    new = self._new(one, report.at)
                    self.remembered[new.id] = new
        self._end(report, {one.kind for one in report.findings})

    def _end(self, report: Report, wrong: set[str], *, only_remembered: bool = False) -> None:
        there = self._open()
        with self.lock:
            for kind in (report.judged & there.keys()) - wrong:
                over = there[kind]
                if over.id in self.remembered or not only_remembered:
                    self.remembered[over.id] = replace(over, ended_at=report.at)

    def _new(self, one: Finding, at: datetime) -> Incident:
        journal.warn("incident_begun", kind=one.kind, what=one.what)
        return Incident(self.w.ids.next(), one.kind, one.what, at)

    # --- telling

    def _tell_stored(self, one: Incident) -> bool:
        if not self._told(one):
            return False
        with self.w.db.write() as tx:
            incidents.told(tx, one, self.w.now())
        with self.lock:
            if one.kind in self.known:  # should the database go away before the next look
                self.known[one.kind] = replace(self.known[one.kind], alarmed_at=self.w.now())
        return True

    def _tell_remembered(self, one: Incident) -> bool:
        if not self._told(one):
            return False
        with self.lock:
            # It may have ended while it was told.
            newest, now = self.remembered.get(one.id, one), self.w.now()
            self.remembered[one.id] = (
                replace(newest, alarmed_at=now)
                if one.ended_at is None
                else replace(newest, cleared_at=now)
            )
        return True

    def _told(self, one: Incident) -> bool:
        """By every way; one that works is enough, so that the others are not told twice."""
        line, text = words(self.w, one)
        reached = not self.ways
        for way in self.ways:
            try:
                way(line, text)
                reached = True
            except AmendsError as error:
                journal.warn("alarm_not_told", kind=one.kind, reason=str(error))
        if reached:
            journal.warn("alarm" if one.ended_at is None else "all_clear", kind=one.kind)
        return reached


def words(w: Wiring, one: Incident) -> tuple[str, str]:
    """What operators read: no customer, no mail."""
    sign = "ALARM" if one.ended_at is None else "All clear"
    line = f"{sign}: {one.what}" if one.ended_at is None else f"{sign}: {one.kind}"
    text = [line, "", f"company: {w.settings.company.name}", f"kind: {one.kind}"]
    text += [f"begun: {one.begun_at:%Y-%m-%d %H:%M:%S} UTC"]
    if one.ended_at is not None:
        text += [f"over: {one.ended_at:%Y-%m-%d %H:%M:%S} UTC", f"it was: {one.what}"]
    elif one.kind.startswith("mailbox:"):
        state = w.vital.mailboxes.get(one.kind.partition(":")[2])
        text += [f"the service says: {state.waits_for}"] if state and state.waits_for else []
    text += ["", "`amends doctor` tests every part; docs/runbook.md says what to do."]
    return line, "\n".join(text) + "\n"


def ways_of(w: Wiring) -> tuple[Tell, ...]:
    """The ways that the configuration names."""
    alarm = w.settings.alarm
    found: list[Tell] = []
    if alarm.command:
        found.append(lambda line, text: run_program(alarm, text))
    if alarm.to:
        out = carrier_to(w.settings.alarm, w.proofs, w.settings.alarm.sender)
        found.append(lambda line, text: send_mails(w, out, line, text))
    return tuple(found)


def run_program(alarm: Alarm, text: str) -> None:
    """Give the text to the program on standard input; no shell reads anything of it."""
    try:
        done = subprocess.run(
            alarm.command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=alarm.timeout_seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TryLater(
            f"alarm.command does not work: {type(error).__name__}",
            mend="run it by hand with some text on standard input",
        ) from error
    if done.returncode != 0:
        raise TryLater(f"alarm.command ended with code {done.returncode}", mend="run it by hand")


def send_mails(w: Wiring, out: Carrier, line: str, text: str) -> None:
    """One mail to each operator. TryLater: none of them was taken."""
    alarm = w.settings.alarm
    failed = []
    for address in alarm.to:
        mail = Outgoing(
            sender=(f"Amends, {w.settings.company.name}", alarm.sender),
            to=(("", address),),
            subject=f"[Amends] {line}"[:200],
            message_id=f"<{w.chance.token()}.alarm@{alarm.sender.rpartition('@')[2]}>",
            date=w.now(),
            text=text,
            html=f"<pre>{_plain(text)}</pre></body>",
            language="en",
            automatic=True,
        )
        outcome = asyncio.run(out.carry(alarm.sender, address, compose(mail)))
        if outcome.state not in ("accepted", "uncertain"):
            failed.append(outcome.text)
    if len(failed) == len(alarm.to):
        raise TryLater(f"no alarm was taken: {failed[0]}", mend="see the keys of [alarm]")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
