"""Variants of the service that are wrong on purpose: a driver that finds nothing in them is blind.

Each has the order of work of a system that people use (reliability.md 1 and 4.1). A daemon of
`tests.fault.preloaded` becomes one before it starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Connection, select, update

from intake.mailbox.imap import Fetched, ImapMailbox
from service.arrived import Arrived
from service.watching import door
from service.wiring import Wiring
from storage import ledger
from storage.ledger import Sighting
from storage.tables import messages, sightings
from tests.fault.points import put

Register = Callable[[Wiring, Sequence[Arrived]], None]

FLAG: Final = b"$Done"
# The moment in which the order of work matters is made longer, so that a few kills suffice.
_PAUSE: Final = 1.0


def flag_first() -> None:
    """A mail is flagged when it is fetched; that it must be registered is only in memory."""

    def flagging(fetch: Callable[..., Iterator[Fetched]]) -> Callable[..., Iterator[Fetched]]:
        def act(box: ImapMailbox, uids: Sequence[int]) -> Iterator[Fetched]:
            found = list(fetch(box, uids))
            _flag(box, uids)
            yield from found

        return act

    _flags_tell_what_is_new()
    _is_remembered(pause=_PAUSE)
    put("intake.mailbox.imap.ImapMailbox.fetch", flagging)


def no_ledger() -> None:
    """A mail is new when it has no flag; it is registered, then flagged. Nobody knows its bytes."""

    def flagging(register: Register) -> Register:
        def act(w: Wiring, batch: Sequence[Arrived]) -> None:
            register(w, batch)
            time.sleep(_PAUSE)
            with door(w, w.settings.mailbox[0]) as box:
                _flag(box, [one.sighting.uid for one in batch])

        return act

    def without_bytes(unique: Callable[..., Any]) -> Callable[..., Any]:
        def act(*columns: str, **options: Any) -> Any:
            of_bytes = columns == ("raw_sha256",)
            return CheckConstraint("1 = 1") if of_bytes else unique(*columns, **options)

        return act

    _flags_tell_what_is_new()
    _is_remembered(pause=0.0)
    put("sqlalchemy.UniqueConstraint", without_bytes)  # of the migrations
    put("storage.ledger.registered_already", lambda _: lambda *_: set())
    put("storage.ledger.originals", lambda _: lambda *_: {})
    put("service.registrar.register", flagging)


def by_message_id() -> None:
    """A mail whose Message-ID was registered is a copy, whatever it says."""

    def sifting(register: Register) -> Register:
        def act(w: Wiring, batch: Sequence[Arrived]) -> None:
            new: dict[str, Arrived] = {}
            with w.db.write() as tx:
                known = set(tx.scalars(select(messages.c.message_id)))
                for one in batch:
                    name = one.mail.message_id or one.mail.sha256
                    if name in new or name in known:
                        ledger.take(tx, [one.sighting], "copy", "same Message-ID", w.now())
                    else:
                        new[name] = one
            register(w, list(new.values()))

        return act

    put("service.registrar.register", sifting)


VARIANTS: Mapping[str, Callable[[], None]] = {
    "flag-first": flag_first,
    "no-ledger": no_ledger,
    "by-message-id": by_message_id,
}


def _flag(box: ImapMailbox, uids: Sequence[int]) -> None:
    box._do(lambda client: client.add_flags(list(uids), [FLAG], silent=True))


def _flags_tell_what_is_new() -> None:
    def uids(box: ImapMailbox, above: int = 0) -> list[int]:
        return box._do(lambda client: [int(u) for u in client.search([b"UNKEYWORD", FLAG])])

    put("intake.mailbox.imap.ImapMailbox.uids", lambda _: uids)


def _is_remembered(*, pause: float) -> None:
    """What waits to be registered, and what this process has seen, is in memory only."""
    waiting: list[Sighting] = []
    known: set[int] = set()

    def remembering(see: Callable[..., None]) -> Callable[..., None]:
        def act(tx: Connection, seen: Iterable[Sighting], at: datetime, **options: bool) -> None:
            fresh = list(seen)
            see(tx, fresh, at, **options)
            tx.execute(update(sightings).values(state="registered"))
            known.update(one.uid for one in fresh)
            waiting.extend(fresh)

        return act

    def wait(connection: Connection, limit: int, **most: int) -> list[Sighting]:
        time.sleep(pause)
        return waiting[:limit]

    def take(tx: Connection, seen: Sequence[Sighting], *how: object) -> int:
        for one in seen:
            waiting.remove(one)
        return len(seen)

    put("storage.ledger.see", remembering)
    put("storage.ledger.waiting", lambda _: wait)
    put("storage.ledger.held", lambda _: lambda tx, seen: set(seen))
    put("storage.ledger.take", lambda _: take)
    put("storage.ledger.known_uids", lambda _: lambda *_: known)
