"""Nodes that are wrong on purpose: judges that find nothing in them are blind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from storage import outbox
from storage.order import hold_case
from storage.records import Delivery


def no_fence() -> None:
    """Whoever once had a claim goes on as if he had it still."""

    def holds(tx: Connection, delivery: Delivery) -> bool:
        hold_case(tx, delivery.case_id)
        return True

    outbox.holds = holds


def alone() -> None:
    """A node that takes itself for the only one: the claims of all others are void."""
    really_claim = outbox.claim

    def claim(
        tx: Connection, owner: str, now: datetime, *, lease_seconds: int, limit: int
    ) -> list[Delivery]:
        outbox.forget_leases(tx)
        return really_claim(tx, owner, now, lease_seconds=lease_seconds, limit=limit)

    outbox.claim = claim


VARIANTS: Mapping[str, Callable[[], None]] = {"no-fence": no_fence, "alone": alone}
