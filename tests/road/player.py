"""Plays a story: a dialogue of customers, mails, the manager and the desk, line by line.

    jana> Subject: Thread too wide           a new mail; indented lines below are its text
    jana> replies: Approved.                 to the latest mail in her mailbox
    jana> replies [Reply-To dropped]: Yes    HOW (writers.py) lists what may stand in brackets
    mail  to jana: acknowledgment "[KS2026-001]"
    desk  sees KS2026-001 registered, due 2026-03-03 09:00
    manager> reports results in KS2026-001
    clock + 3 days

Mails wait until a line that is not a mail: several in a row arrive in one batch. The story fails
on a letter that it does not mention, and on a history that is not whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Table, insert

from demo.shop import MANAGER
from service.deciding import Decision
from storage import casefile, tables
from tests.acts import decide, set_case
from tests.road.mails import parsed
from tests.road.story import paragraphs
from tests.road.writers import PEOPLE, Writers


class Stumbled(AssertionError):
    """The story went otherwise than it was told."""


@dataclass
class Player(Writers):
    """One telling of one story."""

    read: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))

    def play(self, story: str) -> None:
        """Play all lines, then see that nothing was left untold."""
        for number, line in paragraphs(story):
            try:
                self._line(line)
            except (Stumbled, AssertionError) as error:
                raise Stumbled(f"line {number}: {line}\n{error}\n{self._all()}") from error
        self._pass()
        for name in PEOPLE:
            assert not self._unread(name), f"untold letters to {name}: {self._unread(name)}"
        assert self.shop.faults() == {}

    def _line(self, line: str) -> None:
        for pattern, act in ACTS:
            found = re.fullmatch(pattern, line, re.DOTALL)
            if found:
                if act not in MAILS:
                    self._pass()
                act(self, **found.groupdict())
                return
        raise Stumbled("nobody understands this line")

    def _pass(self) -> None:
        if self.waiting:
            self.waiting = False
            assert self.shop.serve() == ()

    # --- letters

    def letter(self, who: str, template: str, subject: str, also: str | None) -> None:
        unread = self._unread(who)
        assert unread, f"no letter to {who}"
        self.read[who] += 1
        assert unread[0][0] == template, f"the next letter is {unread[0]}"
        assert subject in unread[0][1], f"its subject is {unread[0][1]}"
        assert (also or "") in unread[0][1], f"its subject is {unread[0][1]}"

    def no_letter(self, who: str) -> None:
        assert not self._unread(who), self._unread(who)

    def _unread(self, who: str) -> list[tuple[str, str]]:
        kinds = {row["message_id"]: str(row["template"]) for row in self.shop.rows("letters")}
        mails = map(parsed, self.shop.server.messages(PEOPLE[who].address))
        told = [(kinds[str(one["Message-ID"])], str(one["Subject"])) for one in mails]
        return told[self.read[who] :]

    # --- the manager, the clock

    def confirm(self, number: str) -> None:
        self.shop.confirm(number)

    def propose(self, options: str, number: str, shares: str | None = None) -> None:
        offered: list[dict[str, Any]] = [
            {"letter": one, "text": f"Way {one}"} for one in options.split(", ")
        ]
        if shares:
            share = dict(zip(("company", "customer", "other"), shares.split("/"), strict=True))
            offered[-1]["cost_shares"] = share
        self._manager("solution_proposal", number, introduction="We are sorry.", options=offered)

    def results(self, number: str) -> None:
        self._manager("results", number, results="All parts were made anew.")

    def _manager(self, template: str, number: str, **facts: Any) -> None:
        self.shop.letter(number, template, **facts)
        self.waiting = True

    def knows(self, who: str, number: str) -> None:
        """A manager writes somebody down as a contact of the customer."""
        person = PEOPLE[who]
        with self.shop.w.db.write() as tx:
            row = {
                "id": self.shop.w.ids.next(),
                "customer_id": casefile.by_number(tx, number).customer_id,
                "address": person.address,
                "name": person.name,
                "confirmed": True,
                "created_at": self.shop.clock.now,
            }
            tx.execute(insert(tables.contacts).values(row))

    def approvers(self, number: str, addresses: str) -> None:
        """What A manager's supervisor agreed with the customer (R-11)."""
        with self.shop.w.db.write() as tx:
            case = casefile.by_number(tx, number)
            row = {
                "id": self.shop.w.ids.next(),
                "customer_id": case.customer_id,
                "name": "approvers",
                "value": addresses.split(", "),
                "reason": "agreed with the customer",
                "actor": "user:sam",
                "since": self.shop.clock.now,
            }
            tx.execute(insert(tables.terms).values({**_blank(tables.terms), **row}))

    def satisfaction(self, number: str, told: str) -> None:
        assert self.shop.case(number)["customer_satisfaction"] == told

    def shares(self, number: str, told: str) -> None:
        found = self.shop.case(number)["cost_shares"]
        assert [str(found[name]) for name in ("company", "customer", "other")] == told.split("/")
        assert found["message_id"]

    def related(self, number: str, kind: str, other: str) -> None:
        found = [(one["kind"], one["case"]) for one in self.shop.case(number)["related"]]
        assert found == [(kind, other)], found

    def sets(self, number: str, state: str) -> None:
        set_case(self.shop.w, number, {"state": state}, MANAGER)

    def decide(self, decision: str, number: str, option: str | None) -> None:
        decide(self.shop.w, number, Decision(decision, "said by phone", option), MANAGER)
        self.waiting = True

    def turn(self, count: str, unit: str) -> None:
        self.shop.clock.now += timedelta(**{f"{unit.rstrip('s')}s": int(count)})
        self.waiting = True

    # --- the desk

    def state(self, number: str, state: str, due: str | None) -> None:
        case = self.shop.case(number)
        assert case["state"] == state, f"it is {case['state']}"
        if due:
            told = [clock["due_at"][:16].replace("T", " ") for clock in case["clocks"]]
            assert due in told, f"it is due {told}"

    def clock_is(self, number: str, name: str, state: str) -> None:
        told = [(clock["name"], clock["state"]) for clock in self.shop.case(number)["clocks"]]
        assert [how for what, how in told if what == name] == [state], f"the clocks are {told}"

    def mails(self, number: str, count: str) -> None:
        came = [one for one in self.shop.case(number)["messages"] if one["direction"] == "in"]
        assert len(came) == int(count), f"there are {len(came)}"

    def count(self, count: str) -> None:
        assert len(self.shop.numbers()) == int(count), self.shop.numbers()

    def task(self, kind: str, number: str, reason: str | None) -> None:
        """Sees a task and ends its waiting, so that the next line can see the next one."""
        found = [t for t in self.shop.case(number)["tasks"] if t["resolved_at"] is None]
        told = [(t["kind"], t["reason"]) for t in found]
        hits = [t for t in found if t["kind"] == kind and (reason or "") in t["reason"]]
        assert hits, f"the open tasks are {told}"

    def no_task(self, number: str | None) -> None:
        open_now = [t for t in self.shop.tasks() if number in (None, t["case"])]
        assert not open_now, open_now

    def aside(self, kind: str, reason: str) -> None:
        last = [row for row in self.shop.rows("messages") if row["case_id"] is None][-1]
        assert (last["kind"], last["reason"]) == (kind, reason), (last["kind"], last["reason"])

    def third_party(self, number: str) -> None:
        assert self.shop.case(number)["messages"][-1]["third_party"]

    def follows(self, number: str, old: str) -> None:
        case, before = self.shop.case(number), self.shop.case(old)
        assert (case["predecessor"], before["successor"]) == (old, number)

    def round_is(self, number: str, round_: str) -> None:
        assert self.shop.case(number)["round"] == int(round_), self.shop.case(number)["round"]

    def _all(self) -> str:
        lines = [f"{n}: {self.shop.case(n)['state']}" for n in self.shop.numbers()]
        lines += [f"task {t['case']} {t['kind']}: {t['reason']}" for t in self.shop.tasks()]
        lines += [f"unread by {name}: {self._unread(name)}" for name in PEOPLE]
        return "\n".join(lines)


def _blank(table: Table) -> dict[str, Any]:
    return {column.name: None for column in table.c if column.nullable}


_WHO = r"(?P<who>jana|thomas|eve|bob|klaus)"
_HOW = r"(?: \[(?P<how>[^\]]+)\])?"
_CASE = r"(?P<number>KS\d{4}-\d+)"
_LATER = r"(?P<state>[a-z_]+)"
ACTS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    (rf"{_WHO}>{_HOW} Subject: (?P<subject>[^\n]*)\n?(?P<text>.*)", Player.write),
    (rf"{_WHO}> replies{_HOW}: (?P<text>.*)", Player.reply),
    (
        rf'{_WHO}> clicks "(?P<label>[^"]+)"{_HOW}(?:: (?P<text>.*))?',
        Player.click,
    ),
    (rf"{_WHO}> passes on jana's letter: (?P<text>.*)", Player.pass_on),
    (rf"{_WHO}> sends the same bytes again", Player.again),
    (rf"server> could not deliver the last letter to {_WHO}", Player.bounce),
    (r"raw> (?P<header>.*?)\n\n(?P<text>.*)", Player.raw),
    (rf"mail to {_WHO}: none", Player.no_letter),
    (
        rf'mail to {_WHO}: (?P<template>\w+) "(?P<subject>[^"]*)"(?: and "(?P<also>[^"]*)")?',
        Player.letter,
    ),
    (rf"manager> confirms {_CASE}", Player.confirm),
    (
        rf"manager> proposes (?P<options>[A-Z, ]+) in {_CASE}"
        r"(?:, the last one shared (?P<shares>\S+))?",
        Player.propose,
    ),
    (rf"manager> reports results in {_CASE}", Player.results),
    (rf"manager> knows {_WHO} as a contact of {_CASE}", Player.knows),
    (rf"manager> agrees in {_CASE} that (?P<addresses>.+) may decide", Player.approvers),
    (rf"desk sees the customer of {_CASE} (?P<told>.*satisfied)", Player.satisfaction),
    (rf"desk sees the cost of {_CASE} shared (?P<told>\S+)", Player.shares),
    (rf"desk sees {_CASE} (?P<kind>answer_to|answered_by) (?P<other>KS\S+)", Player.related),
    (rf"manager> sets {_CASE} to {_LATER}", Player.sets),
    (
        rf"manager> decides (?P<decision>\w+)(?: (?P<option>[A-Z]))? in {_CASE}",
        Player.decide,
    ),
    (r"clock \+ (?P<count>\d+) (?P<unit>days?|hours?|minutes?)", Player.turn),
    (r"desk sees (?P<count>\d+) cases?", Player.count),
    (rf"desk sees {_CASE} {_LATER}(?:, due (?P<due>.*))?", Player.state),
    (rf"desk sees the clock (?P<name>\w+) of {_CASE} {_LATER}", Player.clock_is),
    (rf"desk sees (?P<count>\d+) mails? in {_CASE}", Player.mails),
    (rf"desk sees a task (?P<kind>\w+) in {_CASE}(?:: (?P<reason>.*))?", Player.task),
    (rf"desk sees no task(?: in {_CASE})?", Player.no_task),
    (r"desk sees the mail aside: (?P<kind>\w+), (?P<reason>.*)", Player.aside),
    (rf"desk sees a third party in {_CASE}", Player.third_party),
    (rf"desk sees {_CASE} follow (?P<old>KS\S+)", Player.follows),
    (rf"desk sees {_CASE} in round (?P<round_>\d+)", Player.round_is),
)


MAILS: Final = (
    Player.write,
    Player.reply,
    Player.click,
    Player.pass_on,
    Player.again,
    Player.bounce,
    Player.raw,
)
