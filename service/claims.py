"""What a node writes about a delivery that it has claimed (reliability.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.wiring import Happening, Wiring
from storage import outbox
from storage.records import Delivery


class ClaimOver(Exception):
    """The lease ran out while we waited: what we know may be old, so nothing is written."""


@contextmanager
def under_claim(w: Wiring, delivery: Delivery) -> Iterator[Happening]:
    """One transaction under the claim by which `delivery` was read, over before the claim is.

    ClaimOver, and then nothing of it is committed.
    """
    with w.happening("system", f"delivery:{delivery.id}") as h:
        if not outbox.holds(h.book.tx, delivery):
            raise ClaimOver
        yield h
        h.book.flush()
        if not outbox.outlives(h.book.tx, delivery):
            raise ClaimOver
