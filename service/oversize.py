"""A mail that is too big to be read whole: kept as it is, its beginning read, a person told."""

from __future__ import annotations

from service.tasks import open_task
from service.wiring import Happening, Wiring
from storage.ledger import Sighting

MIB = 1024 * 1024


def is_oversize(w: Wiring, sighting: Sighting) -> bool:
    """Whether only the beginning of this mail is read (`mailbox.max_mail_mb`)."""
    return sighting.size > w.mailbox(sighting.mailbox).max_mail_mb * MIB


def tell_oversize(h: Happening, sighting: Sighting, case_id: int) -> None:
    """A person looks at what nobody read."""
    if is_oversize(h.wiring, sighting):
        size = sighting.size // MIB
        reason = f"the mail has {size} MiB: only its beginning was read, open it to see the rest"
        open_task(h, case_id, "oversize_mail", reason)
