"""The one writer of intake: takes what T1 noted and has it registered, batch by batch.

Here is a wall: whatever one mail does to us, it is registered and the others go on.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from cases.errors import Stale, TryLater
from service import journal
from service.arrival import register
from service.arrived import Arrived
from service.reading import loaded
from service.seeing import arrived_as, own_addresses, unread, unreadable
from service.wiring import Wiring
from storage import ledger
from storage.ledger import BYTES_AT_ONCE, Elsewhere, Sighting

BATCH: Final = 100
# A mail that not even its bare reading could register waits for the next start; never dropped.
_MOST_TRIES: Final = 20
# A node that holds a mailbox and registers nothing of it is no reason to wait for ever.
_LEFT_LYING: Final = timedelta(minutes=5)


def register_waiting(w: Wiring, elsewhere: Collection[str] = ()) -> int:
    """T2 for up to one batch of fetched mails; return how many no longer wait for us. TryLater.

    `elsewhere`: mailboxes whose mails other nodes read just now; two need not read the same.
    """
    batch, ahead = _waiting(w, elsewhere)
    if not batch:
        return 0
    mails, coming = unread(w, batch), unread(w, ahead)
    found = zip(batch, w.reader.read(mails, coming, own_addresses(w)), strict=True)
    w.crowd.gone(one.raw_sha256 for one in batch)
    arrived, others = [], []
    for sighting, reading in found:
        if reading is None:
            others.append(sighting)
        else:
            arrived.append(arrived_as(sighting, reading))
    later = len(others) - _count_lost(w, others)
    if not arrived or _done(w, arrived):
        return len(arrived) + later
    # A batch that fails is done again mail by mail.
    return sum(_register_alone(w, one) for one in arrived) + later


def _waiting(w: Wiring, elsewhere: Collection[str]) -> tuple[list[Sighting], list[Sighting]]:
    """A batch, and the one after it, without the mails that are still being read."""
    busy = w.reader.busy()
    others = Elsewhere(elsewhere, w.now() - _LEFT_LYING)
    with w.db.read() as connection:
        # A big one that is being read must not hide those behind it.
        most = 2 * BATCH + len(busy)
        ask = partial(
            ledger.waiting,
            connection,
            most_tries=_MOST_TRIES,
            most_bytes=sys.maxsize,
            elsewhere=others,
        )
        found = ask(most)
        # Half a batch at most: who writes much is not forgotten either.
        first = w.crowd.others(w.settings.outbox.burst_per_hour, BATCH // 2)
        before = ask(most, only=first) if first else []
    waiting = [one for one in dict.fromkeys((*before, *found)) if one.raw_sha256 not in busy]
    batch = _batch(waiting)
    return batch, _batch(waiting[len(batch) :])


def _batch(waiting: Sequence[Sighting]) -> list[Sighting]:
    """The first mails up to a batch; a big one alone."""
    held = 0
    for count, one in enumerate(waiting[:BATCH]):
        held += one.size
        if count and held > BYTES_AT_ONCE:
            return list(waiting[:count])
    return list(waiting[:BATCH])


def _count_lost(w: Wiring, sightings: Sequence[Sighting]) -> int:
    """Mails that are neither read nor being read: their bytes are not to be had."""
    busy = w.reader.busy()
    if lost := [one for one in sightings if one.raw_sha256 not in busy]:
        with w.db.write() as tx:
            for one in lost:
                ledger.failed(tx, one, "its bytes are not to be had")
    return len(lost)


def _register_alone(w: Wiring, arrived: Arrived) -> bool:
    if _done(w, [arrived]):
        return True
    # Registered at once as what it is, and read again when the program can.
    data = loaded(*unread(w, [arrived.sighting])) or b""
    if _done(w, [unreadable(arrived, data, "it could not be registered as it was read")]):
        return True
    with w.db.write() as tx:
        ledger.failed(tx, arrived.sighting, "not registered")
    return False


def _done(w: Wiring, batch: Sequence[Arrived]) -> bool:
    try:
        register(w, batch)
    except Stale as error:
        journal.warn("registered_elsewhere", reason=str(error))
    except TryLater:
        raise
    except Exception as error:  # noqa: BLE001 - a poison mail must not stop the others
        journal.fault("not_registered", error, mails=len(batch))
    else:
        return True
    return False
