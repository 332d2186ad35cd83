"""What can happen on the road, as rules that hypothesis takes in any order.

`./run fault model --n N --steps S` walks N times S steps that nobody has walked before.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from email import policy
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from imapclient import IMAPClient

from cases.lifecycle import OPEN_STATES, Event, State
from demo.mail_server import HOST
from demo.shop import MAILBOX, MANAGER
from service import people, sorting
from tests.acts import set_case
from tests.fault.collect import Place, collect
from tests.fault.oracle import Appended, judge
from tests.road.model import CONTRARY, WORDS, Letter, ModelCase, decided, objects, said
from tests.road.player import Player
from tests.road.writers import PEOPLE
from tests.shop import PASSWORD, open_shop

_CUSTOMERS: Final = ("jana", "thomas")
_PROPOSED: Final = (State.REGISTERED, State.ANALYSIS, State.SOLUTION_PROPOSED, State.IN_PROGRESS)
_AT_WORK: Final = (State.ANALYSIS, State.SOLUTION_PROPOSED, State.IN_PROGRESS)
# What the oracle can judge here: the driver knows every mail, but not which case it belongs to.
JUDGED: Final = frozenset(
    {
        "mail lost",
        "mail registered twice",
        "mail that nobody wrote",
        "mail still waiting",
        "number used twice",
        "number missing",
        "history broken",
        "letter sent too often",
        "letter with other bytes",
        "letter that nobody promised",
        "evidence altered",
    }
)
_HOURS: Final = (1, 9, 30, 80)
_FIRST: Final = ("acknowledgment", "registered_anew")
_PARTS: Final = ("rings", "plates", "screws", "covers", "springs", "tubes", "bolts")
_FAULTS: Final = ("too wide", "bent", "rusty", "late", "short", "cracked", "loose", "dull", "wet")
picks = st.integers(min_value=0, max_value=10_000)


class Road(RuleBasedStateMachine):
    """The real shop and the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="amends-model-")
        self.url = f"sqlite:///{self.folder.name}/amends.sqlite"
        self.opened = open_shop(Path(self.folder.name), self.url)
        self.shop = self.opened.__enter__()
        self.player = Player(self.shop)
        self.cases: list[ModelCase] = []
        self.complaints = 0
        self.rebuilt = 0

    @initialize()
    def begins(self) -> None:
        """Two customers, one asked to choose and one to approve."""
        for who in _CUSTOMERS:
            self.arrives(who)
        self.proposes(0, "A, B")
        self.reports_results(1)

    # --- customers

    @rule(who=st.sampled_from(_CUSTOMERS))
    def arrives(self, who: str) -> None:
        """A complaint: each in words of its own, or it would be taken for a machine's."""
        self._count()
        self.player.write(who, f"Delivery {self.complaints}", self._words(), None)
        self._registered(who)

    @precondition(lambda self: self._asked())
    @rule(which=picks, words=st.sampled_from(WORDS))
    def answers(self, which: int, words: str) -> None:
        """The customer answers the letter of a case that asked last."""
        case = self._pick(self._asked(), which)
        assert case.asked
        if case.state == State.CLOSED or case.disputed:
            self._reply_to_closed(case, case, case.asked.place, words)
            return
        self.player.reply(case.who, f"to letter {case.asked.place}", words)
        event = decided(case, case.asked, words, self.shop.clock.now)
        if event:
            self._step(case, event)
        elif case.state in OPEN_STATES and said(case.asked, words)[0] in CONTRARY:
            self._replace(case, replace(case, unread=case.unread | {said(case.asked, words)}))

    @precondition(lambda self: self._asked())
    @rule(which=picks, back=picks, words=st.sampled_from(WORDS))
    def answers_another_letter(self, which: int, back: int, words: str) -> None:
        """The customer answers some letter of his mailbox, of whatever case."""
        case = self._pick(self._asked(), which)
        self._settle()
        place = back % len(self._letters(case.who)) + 1
        if any(one.asked and one.asked.place == place for one in self._of(case.who)):
            return
        about = self._end(self._about(case.who, place))
        if about.state == State.CLOSED or about.disputed:
            self._reply_to_closed(case, about, place, words)
        else:
            self.player.reply(case.who, f"to letter {place}", words)

    @precondition(lambda self: self._asked())
    @rule(which=picks, words=st.sampled_from(WORDS), how=st.sampled_from(("token", "name")))
    def forges(self, which: int, words: str, how: str) -> None:
        """Somebody else has the letter; or writes under the customer's name without it."""
        case = self._pick(self._asked(), which)
        assert case.asked
        if how == "token" and case.who == "jana":
            self.player.reply("eve", f"with jana's letter {case.asked.place}", words)
        else:
            self.player.reply(case.who, f"only the number, to letter {case.asked.place}", words)

    @precondition(lambda self: self._asked())
    @rule(which=picks)
    def bounces(self, which: int) -> None:
        """The last letter to a customer comes back."""
        self.player.bounce(self._pick(self._asked(), which).who)

    @precondition(lambda self: any(self.player.sent.values()))
    @rule(which=picks)
    def same_bytes(self, which: int) -> None:
        """A mail comes a second time."""
        writers = [who for who, sent in self.player.sent.items() if sent]
        self.player.again(writers[which % len(writers)])

    # --- the desk

    @precondition(lambda self: self._in(*_PROPOSED))
    @rule(which=picks, options=st.sampled_from(("A", "A, B")))
    def proposes(self, which: int, options: str) -> None:
        self._settle()
        if found := self._in(*_PROPOSED):
            case = self._pick(found, which)
            self.player.confirm(case.number)
            self.player.propose(options, case.number)
            self._asks(case, Event.PROPOSAL_SENT, "proposal", tuple(options.split(", ")))

    @precondition(lambda self: self._in(*_AT_WORK, State.REGISTERED))
    @rule(which=picks)
    def reports_results(self, which: int) -> None:
        self._settle()
        if found := self._in(*_AT_WORK, State.REGISTERED):
            case = self._pick(found, which)
            if case.state == State.REGISTERED:
                set_case(self.shop.w, case.number, {"state": "analysis"}, MANAGER)
                case = self._step(case, Event.ANALYSIS_STARTED)
            self.player.results(case.number)
            self._asks(case, Event.RESULTS_SENT, "approval", ())

    @precondition(lambda self: self._couples())
    @rule(which=picks)
    def merges(self, which: int) -> None:
        self._settle()
        if found := self._couples():
            case, other = found[which % len(found)]
            with people.act(self.shop.w, MANAGER, "merge") as h:
                sorting.merge(h, case.number, other.number, "the same delivery")
            self._replace(
                case,
                replace(
                    case.after(Event.MERGED), before_merge=case.state, merged_into=other.number
                ),
            )

    @precondition(lambda self: self._in(State.MERGED))
    @rule(which=picks)
    def unmerges(self, which: int) -> None:
        self._settle()
        case = self._pick(self._in(State.MERGED), which)
        assert case.before_merge
        with people.act(self.shop.w, MANAGER, "merge") as h:
            sorting.unmerge(h, case.number, "not the same")
        self._replace(
            case, replace(case, state=case.before_merge, before_merge=None, merged_into="")
        )

    # --- time and machines

    @rule(
        what=st.sampled_from(("wait", "wait", "restart", "uidvalidity")),
        hours=st.sampled_from(_HOURS),
    )
    def goes_on(self, what: str, hours: int) -> None:
        """One rule for all three, or hypothesis would do little else."""
        acts = {"restart": self.restarts, "uidvalidity": self.uidvalidity_changes}
        acts.get(what, lambda: self.waits(hours))()

    def waits(self, hours: int) -> None:
        """Warnings, escalations, reminders; no state changes by itself."""
        self._settle()
        self.shop.clock.forward(hours=hours)
        self._settle(always=True)
        for case in self._asked():
            self._reminded(case)

    def _reminded(self, case: ModelCase) -> None:
        """R-12: a reminder asks again what the letter asked, and is the one to be answered."""
        assert case.asked
        letters = self.shop.case(case.number)["letters"]
        ids = {one["message_id"] for one in letters if one["template"] == "reminder"}
        for place, raw in enumerate(self._letters(case.who), start=1):
            newer = place > case.asked.place and _parsed(raw)["Message-ID"] in ids
            if newer and case.state in (State.SOLUTION_PROPOSED, State.AWAITING_APPROVAL):
                asked = replace(case.asked, place=place, at=self.shop.clock.now)
                after = replace(case, asked=asked, unread=frozenset())
                self._replace(case, after)
                case = after

    def restarts(self) -> None:
        self._settle()
        self.shop.restart()

    def uidvalidity_changes(self) -> None:
        """The mailbox was set up again from a backup: the same mails with other UIDs."""
        self._settle()
        mails = self.shop.server.messages(MAILBOX)
        self.rebuilt += 1
        with IMAPClient(HOST, self.shop.server.imap_port, ssl=False) as client:
            client.login(MAILBOX, PASSWORD)
            client.rename_folder("INBOX", f"Before {self.rebuilt}")
        for raw in mails:
            self.shop.server.deliver(MAILBOX, raw)
        self._settle(always=True)

    # --- what always holds

    def teardown(self) -> None:
        try:
            self._settle(always=True)
            self._judge()
        finally:
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    def _judge(self) -> None:
        for case in self.cases:
            real = self.shop.case(case.number)
            assert real["state"] == case.state, (
                f"{case.number} is {real['state']}, not {case.state}"
            )
            assert case.state in OPEN_STATES or not _running(real), f"{case.number}: clocks run on"
            first = [one for one in real["letters"] if one["template"] in _FIRST]
            assert len(first) == 1, f"{case.number} has {len(first)} acknowledgments"
        server = self.shop.server
        appended = [Appended(hashlib.sha256(raw).hexdigest()) for raw in server.messages(MAILBOX)]
        own = MAILBOX.partition("@")[0]
        ours = [one for one in server.received if one.sender.partition("@")[0].startswith(own)]
        place = Place(self.url, Path(self.folder.name) / "evidence")
        broken = [one for one in judge(collect(place, appended, ours)) if one.name in JUDGED]
        assert not broken, broken

    # --- closed cases: the model allows, and takes over what came of it

    def _reply_to_closed(self, case: ModelCase, about: ModelCase, place: int, words: str) -> None:
        self._settle()
        self.player.reply(case.who, f"to letter {place}", words)
        self._settle()
        may = {about.state}
        if objects(words):
            may |= {State.RE_REGISTERED} | ({State.AWAITING_APPROVAL} - {about.state})
        after = State(self.shop.case(about.number)["state"])
        assert after in may, f"{about.number} is {after}, and may only be {sorted(may)}"
        undone = about.disputed or after == State.AWAITING_APPROVAL
        self._replace(about, replace(about, state=after, disputed=undone))
        new = len(self.shop.numbers()) - len(self.cases)
        # Registered anew; or a complaint that came too late for the closed case.
        assert new in ((1,) if after == State.RE_REGISTERED else (0, 1) if objects(words) else (0,))
        for _ in range(new):
            self._registered(case.who)

    def _about(self, who: str, place: int) -> ModelCase:
        """The case that a letter names in its subject."""
        subject = str(_parsed(self._letters(who)[place - 1])["Subject"])
        number = re.findall(r"KS2026-\d+", subject)[0]
        return next(one for one in self.cases if one.number == number)

    def _end(self, case: ModelCase) -> ModelCase:
        """Where the thread of a case goes on (R-28)."""
        number = case.merged_into or self.shop.case(case.number)["successor"]
        if not number:
            return case
        return self._end(next(one for one in self.cases if one.number == number))

    # --- the model's book

    def _words(self) -> str:
        part, fault = _PARTS[self.complaints % 7], _FAULTS[self.complaints % 9]
        return f"Of delivery {self.complaints} the {part} are {fault}."

    def _count(self) -> None:
        self.complaints += 1
        self.shop.clock.forward(minutes=20)

    def _registered(self, who: str, before: ModelCase | None = None) -> None:
        self.cases.append(ModelCase(f"KS2026-{len(self.cases) + 1:03}", who))

    def _step(self, case: ModelCase, event: Event) -> ModelCase:
        after = case.after(event)
        self._replace(case, after)
        if event is Event.REJECTED:
            self._registered(case.who)
        return after

    def _asks(self, case: ModelCase, event: Event, asks: str, options: tuple[str, ...]) -> None:
        """The letter leaves, and is the newest in the mailbox."""
        self._settle()
        place = len(self._letters(case.who))
        letter = Letter(place, asks, options, self.shop.clock.now)
        self._replace(case, replace(case.after(event), asked=letter, unread=frozenset()))

    def _replace(self, case: ModelCase, after: ModelCase) -> None:
        self.cases[self.cases.index(case)] = after

    def _settle(self, *, always: bool = False) -> None:
        """One pass of the service, if there is anything to do."""
        if always or self.player.waiting:
            self.player.waiting = False
            assert self.shop.serve() == ()

    def _letters(self, who: str) -> list[bytes]:
        return self.shop.server.messages(PEOPLE[who].address)

    def _of(self, who: str) -> list[ModelCase]:
        return [case for case in self.cases if case.who == who]

    def _in(self, *states: State) -> list[ModelCase]:
        return [case for case in self.cases if case.state in states]

    def _asked(self) -> list[ModelCase]:
        return [case for case in self.cases if case.asked]

    def _couples(self) -> list[tuple[ModelCase, ModelCase]]:
        """Cases that can be merged into another one of the same customer."""
        still = self._in(*OPEN_STATES)
        return [(a, b) for a in still for b in still if a is not b and a.who == b.who]

    def _pick(self, found: list[ModelCase], which: int) -> ModelCase:
        return found[which % len(found)]


def _running(case: dict[str, Any]) -> list[str]:
    """A mail that comes after the end is answered all the same (R-14)."""
    clocks = (one for one in case["clocks"] if one["name"] != "answer")
    return [one["name"] for one in clocks if one["state"] in ("started", "paused")]


def _parsed(raw: bytes) -> Message:
    return BytesParser(policy=policy.default).parsebytes(raw)


def main(arguments: Sequence[str]) -> int:
    """Walk; a walk on which the two disagree is told step by step, and ends the program with 1."""
    parser = argparse.ArgumentParser(prog="./run fault model")
    parser.add_argument("--n", type=int, default=1000, help="how many walks")
    parser.add_argument("--steps", type=int, default=30)
    given = parser.parse_args(arguments)
    walks = settings(
        max_examples=given.n, stateful_step_count=given.steps, deadline=None, database=None
    )
    run_state_machine_as_test(Road, settings=walks)
    sys.stdout.write(f"{given.n} walks of at most {given.steps} steps: model and desk agree\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
