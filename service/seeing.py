"""A mail arrived: T1 notes and keeps it, and hands it to its readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from intake.facts.find import Patterns
from intake.kinds.screen import OwnAddresses
from intake.mailbox.imap import Fetched
from service.arrived import Arrived
from service.oversize import is_oversize
from service.reading import Reading, Unread, given_up
from service.wiring import Wiring
from storage import ledger
from storage.evidence import ROW_LIMIT, Big, raw
from storage.ledger import Sighting

# design.md "Evidence" and "Exactness": kept as it is, and read as far as a person would.
READ_OF_OVERSIZE: Final = 1024 * 1024
NO_CAUTIONS: Final[Mapping[int, str]] = MappingProxyType({})


def seen(
    w: Wiring,
    mailbox: str,
    uidvalidity: int,
    fetched: Sequence[Fetched],
    cautions: Mapping[int, str] = NO_CAUTIONS,
) -> None:
    """T1: the mails are durable and known before anybody reads them. `cautions`: by uid."""
    raws = [
        Big(one.file.sha256, one.file.size, one.file.path) if one.file else raw(one.raw)
        for one in fetched
    ]
    w.evidence.prepare(raws)
    at = w.now()
    with w.db.write() as tx:
        w.evidence.keep(tx, raws, at)
        ledger.see(
            tx,
            [
                # A server's clock may run ahead; a deadline must not begin in the future.
                Sighting(
                    mailbox,
                    uidvalidity,
                    one.uid,
                    mail.sha256,
                    min(one.internal_date or at, at),
                    caution=cautions.get(one.uid),
                )
                for one, mail in zip(fetched, raws, strict=True)
            ],
            at,
            decorates=w.mailbox(mailbox).decorate != "none",
        )
    w.crowd.came((mail.sha256, one.raw) for one, mail in zip(fetched, raws, strict=True))


def unread(w: Wiring, sightings: Sequence[Sighting]) -> list[Unread]:
    """What a reader is given of mails that wait; of one over the limit only the beginning.

    The first small one that is loaded brings the others along: one question for all.
    """
    small = [
        one.raw_sha256 for one in sightings if one.size <= ROW_LIMIT and not is_oversize(w, one)
    ]
    beside: dict[str, bytes] = {}

    def load(one: Sighting) -> bytes:
        if one.raw_sha256 in small:
            beside.update(w.evidence.read_rows(w.db, small))
            small.clear()
        if data := beside.pop(one.raw_sha256, None):
            return data
        if is_oversize(w, one):
            return w.evidence.read_head(w.db, one.raw_sha256, READ_OF_OVERSIZE)
        return w.evidence.read(w.db, one.raw_sha256)

    return [Unread(one.raw_sha256, one.size, partial(load, one)) for one in sightings]


def arrived_as(sighting: Sighting, reading: Reading) -> Arrived:
    """A mail that was read, under the name by which it was seen."""
    mail = reading.mail
    if mail.size < sighting.size:
        only = f"only the first {READ_OF_OVERSIZE} of {sighting.size} bytes were read"
        mail = replace(mail, size=sighting.size, defects=(*mail.defects, only))
    # Not the child's word: what is registered as done is the mail that was kept in T1.
    mail = replace(mail, sha256=sighting.raw_sha256)
    return Arrived(sighting, mail, reading.screened, reading.facts)


def unreadable(arrived: Arrived, data: bytes, reason: str) -> Arrived:
    """The same mail with the little that is certain about it."""
    return arrived_as(arrived.sighting, given_up(data, arrived.sighting.raw_sha256, reason))


def own_addresses(w: Wiring) -> OwnAddresses:
    """Addresses under which this installation writes."""
    boxes = w.settings.mailbox
    return OwnAddresses(
        frozenset(a for box in boxes for a in (box.address, *box.aliases)),
        installation=w.installation,
        numbers=Patterns(w.settings.facts.of_fact, w.patterns()),
    )
