"""The mailboxes that this node watches: one node at a time each, spread evenly over the nodes.

A node that dies says nothing more; after `LEASE_SECONDS` its mailboxes are free, and the others,
who ask every `RENEW_SECONDS`, take them over. On SQLite there is one node, which has them all.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from service import journal
from service.wiring import Wiring
from storage import holding

LEASE_SECONDS: Final = 15.0
RENEW_SECONDS: Final = 5


@dataclass(slots=True)
class Holdings:
    """What this node holds, as far as it knows: less long than the database does."""

    w: Wiring
    mailboxes: Collection[str]
    monotonic: Callable[[], float] = time.monotonic
    elsewhere: frozenset[str] = frozenset()  # what other nodes hold
    _until: dict[str, float] = field(default_factory=dict)
    _changed: threading.Event = field(default_factory=threading.Event)

    @property
    def alone(self) -> bool:
        """Whether there can be no other node."""
        return self.w.db.is_sqlite

    def has(self, mailbox: str) -> bool:
        """Whether this node may watch it now."""
        return self.alone or self.monotonic() < self._until.get(mailbox, 0.0)

    def wait(self, seconds: float) -> None:
        """Wait for another mailbox, or so long."""
        self._changed.wait(seconds)

    def renew(self) -> None:
        """Keep what is held, take what is free, give what another one needs more. TryLater."""
        if self.alone:
            return
        node, ends = self.w.node, self.monotonic() + LEASE_SECONDS
        before = {one for one in self.mailboxes if self.has(one)}
        with self.w.db.write() as tx:
            there = holding.held(tx)
            plan = planned(node, self.mailboxes, there)
            holding.give_back(tx, sorted(plan.give), node)
            # The same order everywhere: who waits for one never has one that is waited for.
            got = {x for x in sorted(plan.hold) if holding.hold(tx, x, node, LEASE_SECONDS)}
            for one in sorted(plan.wish):
                holding.wish(tx, one, node, LEASE_SECONDS)
        self._until = dict.fromkeys(got, ends)
        others = {box for box, holder in there.holder.items() if holder != node}
        self.elsewhere = frozenset(others - got)
        for one in sorted(got - before):
            journal.say("mailbox_held", mailbox=one, node=node)
        for one in sorted(before - got):
            journal.say("mailbox_given_back", mailbox=one, node=node)
        self._changed.set()
        self._changed.clear()

    def give_back(self) -> None:
        """At the end of this node: the others need not wait."""
        self._until = {}
        if not self.alone:
            with self.w.db.write() as tx:
                holding.give_back(tx, sorted(self.mailboxes), self.w.node)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a node does next with which mailboxes."""

    hold: frozenset[str]
    give: frozenset[str]
    wish: frozenset[str]


def planned(node: str, mailboxes: Collection[str], there: holding.Held) -> Plan:
    """Take what nobody has; even out by one at a time what differs by two or more. Pure."""
    counts = Counter(there.holder.values())
    hold: set[str] = set()
    give: set[str] = set()
    wish: set[str] = set()
    mine = counts[node]
    for one in sorted(mailboxes):
        holder, asks = there.holder.get(one), there.wishes.get(one, node)
        if holder == node:
            if asks != node and mine > counts[asks] + 1:
                mine, counts[asks] = mine - 1, counts[asks] + 1
                give.add(one)
            else:
                hold.add(one)
        elif holder is None:
            if asks == node:
                hold.add(one)
        elif counts[holder] > mine + len(wish) + 1 and asks == node:
            wish.add(one)
            counts[holder] -= 1
    return Plan(frozenset(hold), frozenset(give), frozenset(wish))
