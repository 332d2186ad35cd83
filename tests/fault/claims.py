"""What may never happen to a claim, judged from the record that PostgreSQL itself kept. Pure.

`tests.fault.audit` makes the record. A claim is a lease until a moment of the database's clock,
with a fence that grows with every grant (reliability.md 4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fault.oracle import Violation

# The cause that the service gives when it ends what another has left (service.delivering).
RAN_OUT: Final = "outbox:lease ran out"


@dataclass(frozen=True)
class Held:
    """Who holds a delivery until when. `until` in milliseconds; `owner` None: nobody."""

    owner: str | None
    until: int | None
    fence: int
    state: str

    def valid(self, at: int) -> bool:
        return self.owner is not None and self.until is not None and self.until >= at


@dataclass(frozen=True)
class Written:
    """One change of a delivery: by which node, when, and when it was committed."""

    delivery: int
    node: str
    at: int
    committed: int
    cause: str  # of the record in the case's history; "" for a claim
    before: Held
    after: Held

    @property
    def grants(self) -> bool:
        before, after = self.before, self.after
        return after.owner is not None and (after.owner, after.fence) != (
            before.owner,
            before.fence,
        )

    @property
    def where(self) -> str:
        return f"{self.delivery} by {self.node} at {self.at}: {self.cause or 'a claim'}"


@dataclass(frozen=True)
class Noted:
    """What a node wrote into an attempt, and how the delivery stood at that moment."""

    delivery: int
    node: str
    at: int
    before: str | None
    outcome: str
    held: Held


@dataclass(frozen=True)
class Record:
    """All of it, each in the order in which it was written."""

    written: tuple[Written, ...] = ()
    noted: tuple[Noted, ...] = ()

    def node_of(self) -> dict[str, str]:
        """Which node a lease owner is: who wrote its grant."""
        return {one.after.owner: one.node for one in self.written if one.grants and one.after.owner}


def judge(record: Record) -> tuple[Violation, ...]:
    """Every promise that this record breaks."""
    return tuple(
        Violation(name, where) for name, find in PROMISES.items() for where in sorted(find(record))
    )


def takeovers(record: Record) -> int:
    """How often a node took what another held until its lease ran out."""
    node_of = record.node_of()
    return sum(
        (one.grants or one.cause == RAN_OUT)
        and one.before.owner is not None
        and node_of.get(one.before.owner) != one.node
        for one in record.written
    )


def _two_valid(record: Record) -> Iterator[str]:
    for one in record.written:
        if one.grants and one.before.valid(one.at):
            yield one.where


def _same_fence(record: Record) -> Iterator[str]:
    for one in record.written:
        if one.after.fence != one.before.fence + one.grants:
            yield one.where


def _lengthened(record: Record) -> Iterator[str]:
    for one in record.written:
        if not one.grants and (one.after.until or 0) > (one.before.until or 0):
            yield one.where


def _by_another(record: Record) -> Iterator[str]:
    """While a lease is valid, only its holder writes."""
    node_of = record.node_of()
    for one in record.written:
        held = one.before
        if not one.grants and held.valid(one.at) and node_of.get(held.owner or "") != one.node:
            yield one.where


def _too_late(record: Record) -> Iterator[str]:
    """Who writes as the holder of a claim commits before it runs out."""
    for one in record.written:
        as_holder = not one.grants and one.cause != RAN_OUT
        if as_holder and not one.before.valid(one.committed):
            late, before = one.committed - (one.before.until or 0), one.committed - one.at
            yield f"{one.where}, {late} ms late, written {before} ms before"


def _noted_late(record: Record) -> Iterator[str]:
    """The answer to a dot may be noted after the lease, until somebody sees to the delivery."""
    node_of = record.node_of()
    for one in record.noted:
        mine = one.held.state == "sending" and node_of.get(one.held.owner or "") == one.node
        if not mine or not (one.held.valid(one.at) or one.before == "dot"):
            yield f"{one.delivery} by {one.node} at {one.at}: {one.outcome}"


PROMISES: Mapping[str, Callable[[Record], Iterator[str]]] = {
    "two valid leases": _two_valid,
    "lease without a new fence": _same_fence,
    "lease lengthened": _lengthened,
    "written by who has no lease": _by_another,
    "committed after the lease ran out": _too_late,
    "noted by who has no claim": _noted_late,
}
"""Name of a violation: where it is found."""
