"""The one writer of intake: takes what T1 noted and has it registered, batch by batch.

Here is a wall: whatever one mail does to us, it is registered and the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cases.errors import Stale, TryLater
from service import journal
from service.arrival import read_mail, register, unreadable
from service.arrived import Arrived
from service.wiring import Wiring
from storage import ledger
from storage.ledger import Sighting

BATCH: Final = 25
# A mail that not even its bare reading could register waits for the next start; never dropped.
_MOST_TRIES: Final = 20


def register_waiting(w: Wiring) -> int:
    """T2 for up to one batch of fetched mails; return how many no longer wait. TryLater."""
    with w.db.read() as connection:
        sightings = ledger.waiting(connection, BATCH, most_tries=_MOST_TRIES)
        raws = [w.evidence.bytes_of(connection, one.raw_sha256) for one in sightings]
    batch = [_read(w, one, data) for one, data in zip(sightings, raws, strict=True)]
    if not batch:
        return 0
    if _done(w, batch):
        return len(batch)
    # A batch that fails is done again mail by mail.
    return sum(_register_alone(w, arrived, data) for arrived, data in zip(batch, raws, strict=True))


def _read(w: Wiring, sighting: Sighting, data: bytes) -> Arrived:
    try:
        return read_mail(w, sighting, data)
    except Exception as error:  # noqa: BLE001 - a poison mail must not stop the others
        journal.fault("not_read", error, uid=sighting.uid)
        return unreadable(sighting, data, type(error).__name__)


def _register_alone(w: Wiring, arrived: Arrived, data: bytes) -> bool:
    if _done(w, [arrived]):
        return True
    # Registered at once as what it is, and read again when the program can.
    if _done(w, [unreadable(arrived.sighting, data, "it could not be registered as it was read")]):
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
