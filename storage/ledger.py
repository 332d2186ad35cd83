"""The ledger of what was seen in which mailbox: exactness comes from its keys alone.

T1 `see` commits sighting and raw mail before anybody reads them. T2 begins with `take`, which must
hit one row in state "fetched", and so registers a mail once whoever tries (reliability.md 6 A).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from storage.tables import mailboxes, messages, raws, sightings
from storage.upsert import insert_into

# What the registrar has in memory at once.
BYTES_AT_ONCE: Final = 8 * 1024 * 1024

# Built once: building it anew for every mail costs more than SQLite does.
_TAKE: Final = (
    update(sightings)
    .where(
        sightings.c.mailbox == bindparam("of_mailbox"),
        sightings.c.uidvalidity == bindparam("of_uidvalidity"),
        sightings.c.uid == bindparam("of_uid"),
        sightings.c.state == "fetched",
    )
    .values({name: bindparam(name) for name in ("state", "reason", "registered_at")})
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mail at one place. `internal_date` is when the server received it."""

    mailbox: str
    uidvalidity: int
    uid: int
    raw_sha256: str
    internal_date: datetime
    tries: int = 0
    size: int = 0  # bytes of the raw mail, as far as it is known
    # withhold: no acknowledgment at the first start; hold: its letters wait (the breaker)
    caution: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Mailboxes whose mails other nodes register, but for those that they left lying."""

    mailboxes: Collection[str]
    left_before: datetime


def known_uids(connection: Connection, mailbox: str, uidvalidity: int, above: int = 0) -> set[int]:
    """Every uid of this epoch above `above` that T1 committed."""
    found = connection.scalars(
        select(sightings.c.uid).where(
            sightings.c.mailbox == mailbox,
            sightings.c.uidvalidity == uidvalidity,
            sightings.c.uid > above,
        )
    )
    return set(found)


def position(connection: Connection, mailbox: str) -> tuple[int, int]:
    """The epoch (uidvalidity) and the highest uid that was seen; zeros before the first poll."""
    row = connection.execute(
        select(mailboxes.c.uidvalidity, mailboxes.c.last_uid).where(mailboxes.c.name == mailbox)
    ).first()
    return (row.uidvalidity, row.last_uid) if row else (0, 0)


def polled(tx: Connection, mailbox: str, uidvalidity: int, last_uid: int, at: datetime) -> None:
    """Note how far a mailbox was read."""
    values = {
        "uidvalidity": uidvalidity,
        "last_uid": last_uid,
        "polled_at": at,
        "look_ended": True,
    }
    statement = insert_into(tx, mailboxes).values(name=mailbox, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def see(tx: Connection, seen: Iterable[Sighting], at: datetime, *, decorates: bool = False) -> None:
    """T1: note the mails as fetched. One that is known already stays as it is."""
    rows = [
        {
            "mailbox": one.mailbox,
            "uidvalidity": one.uidvalidity,
            "uid": one.uid,
            "raw_sha256": one.raw_sha256,
            "internal_date": one.internal_date,
            "state": "fetched",
            "tries": 0,
            "seen_at": at,
            "caution": one.caution,
            "decorated": False if decorates else None,
        }
        for one in seen
    ]
    if rows:
        tx.execute(insert_into(tx, sightings).on_conflict_do_nothing(), rows)


def waiting(
    connection: Connection,
    limit: int,
    *,
    most_tries: int,
    most_bytes: int = BYTES_AT_ONCE,
    only: Collection[str] | None = None,
    elsewhere: Elsewhere | None = None,
) -> list[Sighting]:
    """Fetched mails that nobody registered yet, oldest first; a big one comes alone. `only`: of
    these, by sha256."""
    where = [sightings.c.state == "fetched", sightings.c.tries <= most_tries]
    if only is not None:
        where.append(sightings.c.raw_sha256.in_(only))
    if elsewhere and elsewhere.mailboxes:
        left = sightings.c.seen_at < elsewhere.left_before
        where.append(sightings.c.mailbox.not_in(sorted(elsewhere.mailboxes)) | left)
    found = connection.execute(
        select(sightings, raws.c.size)
        .join(raws, raws.c.sha256 == sightings.c.raw_sha256)
        .where(*where)
        .order_by(sightings.c.seen_at, sightings.c.uid)
        .limit(limit)
    )
    batch: list[Sighting] = []
    weight = 0
    for r in found:
        weight += r.size
        if batch and weight > most_bytes:
            break
        place = (r.mailbox, r.uidvalidity, r.uid)
        batch.append(Sighting(*place, r.raw_sha256, r.internal_date, r.tries, r.size, r.caution))
    return batch


def registered_already(connection: Connection, sha256s: Sequence[str]) -> set[str]:
    """Which of these raw mails are messages already (another place, an earlier epoch)."""
    return set(
        connection.scalars(
            select(messages.c.raw_sha256).where(messages.c.raw_sha256.in_(list(sha256s)))
        )
    )


def originals(connection: Connection, marks: Iterable[str | None]) -> dict[str | None, int | None]:
    """Which of these fingerprints are messages already, and in which case (None: set aside)."""
    wanted = [mark for mark in marks if mark]
    found = connection.execute(
        select(messages.c.fingerprint, messages.c.case_id)
        .where(messages.c.fingerprint.in_(wanted))
        .order_by(messages.c.id.desc())  # the oldest has the last word
    )
    return {row.fingerprint: row.case_id for row in found} if wanted else {}


def held(tx: Connection, seen: Collection[Sighting]) -> set[Sighting]:
    """T2: those of these mails that still wait; nobody else takes them until `tx` ends."""
    found = tx.execute(
        select(sightings.c.mailbox, sightings.c.uidvalidity, sightings.c.uid)
        .where(
            sightings.c.raw_sha256.in_(sorted({one.raw_sha256 for one in seen})),
            sightings.c.state == "fetched",
        )
        .with_for_update()
    )
    there = {tuple(row) for row in found}
    return {one for one in seen if (one.mailbox, one.uidvalidity, one.uid) in there}


def take(tx: Connection, seen: Sequence[Sighting], state: str, reason: str, at: datetime) -> int:
    """T2: end the waiting of these; return of how many. Of the others somebody else has done it."""
    rows = [
        {
            "of_mailbox": one.mailbox,
            "of_uidvalidity": one.uidvalidity,
            "of_uid": one.uid,
            "state": state,
            "reason": reason,
            "registered_at": at,
        }
        for one in seen
    ]
    return tx.execute(_TAKE, rows).rowcount


def failed(tx: Connection, sighting: Sighting, reason: str) -> None:
    """Count a try that did not register the mail. It stays waiting."""
    tx.execute(
        update(sightings)
        .where(*_same(sighting), sightings.c.state == "fetched")
        .values(tries=sightings.c.tries + 1, reason=reason[:60])
    )


def _same(sighting: Sighting) -> tuple[ColumnElement[bool], ...]:
    return (
        sightings.c.mailbox == sighting.mailbox,
        sightings.c.uidvalidity == sighting.uidvalidity,
        sightings.c.uid == sighting.uid,
    )


def try_again(tx: Connection) -> None:
    """A new start, perhaps a new version: mails that could not be registered get their turn."""
    tx.execute(
        update(sightings)
        .where(sightings.c.state == "fetched", sightings.c.tries > 0)
        .values(tries=0)
    )
