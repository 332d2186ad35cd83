"""Who holds a mailbox: one node at a time, by a lease of the database's own clock (design.md).

Exactness does not rest on it: what two nodes read of one mailbox is registered once, by the keys
of the ledger. It keeps two from reading the same, and says when a dead one's mailbox is free.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, case, delete, select, update

from storage.lease import database_clock
from storage.tables import leases
from storage.upsert import insert_into

_MAILBOX: Final = "mailbox:"
_WISH: Final = "wish:"


@dataclass(frozen=True, slots=True)
class Held:
    """Valid leases: mailbox -> node that holds it; mailbox -> node that would like to."""

    holder: dict[str, str]
    wishes: dict[str, str]


def held(connection: Connection) -> Held:
    """Who holds what, and who waits for what."""
    found = connection.execute(
        select(leases.c.name, leases.c.owner).where(leases.c.until > database_clock())
    )
    every = {name: owner for name, owner in found}  # noqa: C416 - rows are no pairs to mypy
    return Held(_named(every, _MAILBOX), _named(every, _WISH))


def hold(tx: Connection, mailbox: str, node: str, seconds: float) -> bool:
    """Take the mailbox, or keep it, for so long. False: somebody else holds it."""
    return _lease(tx, _MAILBOX + mailbox, node, seconds)


def wish(tx: Connection, mailbox: str, node: str, seconds: float) -> bool:
    """Ask its holder for the mailbox. False: somebody else asks already."""
    return _lease(tx, _WISH + mailbox, node, seconds)


def give_back(tx: Connection, mailboxes: Collection[str], node: str) -> None:
    """Free these, and forget what else this node waited for there."""
    tx.execute(
        update(leases)
        .where(leases.c.name.in_([_MAILBOX + one for one in mailboxes]), leases.c.owner == node)
        .values(until=0)
    )
    tx.execute(
        delete(leases).where(
            leases.c.name.in_([_WISH + one for one in mailboxes]), leases.c.owner == node
        )
    )


def _lease(tx: Connection, name: str, node: str, seconds: float) -> bool:
    until = database_clock() + bindparam("milliseconds", int(seconds * 1000))
    first = insert_into(tx, leases).values(name=name, owner=node, fence=1, until=until)
    same = leases.c.owner == node
    statement = first.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "owner": node,
            "until": until,
            "fence": case((same, leases.c.fence), else_=leases.c.fence + 1),
        },
        where=same | (leases.c.until <= database_clock()),
    )
    return tx.execute(statement.returning(leases.c.name)).first() is not None


def _named(every: dict[str, str], kind: str) -> dict[str, str]:
    return {
        name.removeprefix(kind): owner for name, owner in every.items() if name.startswith(kind)
    }
