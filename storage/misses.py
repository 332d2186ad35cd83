"""Tokens that somebody tried and nobody has: each once, by sender."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from storage.tables import token_misses
from storage.upsert import insert_into


def note(tx: Connection, missed: Mapping[str, Collection[str]], at: datetime) -> None:
    """Remember these hashes, by sender. The same wrong token again is no new try."""
    rows = [
        {"sender": sender, "sha256": sha256, "at": at}
        for sender, hashes in sorted(missed.items())
        for sha256 in sorted(set(hashes))
    ]
    tx.execute(insert_into(tx, token_misses).on_conflict_do_nothing(), rows)


def count(connection: Connection, senders: Collection[str], since: datetime) -> dict[str, int]:
    """How many each of these senders tried since then."""
    found = connection.execute(
        select(token_misses.c.sender, func.count().label("tried"))
        .where(token_misses.c.sender.in_(sorted(senders)), token_misses.c.at > since)
        .group_by(token_misses.c.sender)
    )
    return {row.sender: row.tried for row in found}


def forget(tx: Connection, before: datetime) -> None:
    """Drop what no longer counts."""
    tx.execute(delete(token_misses).where(token_misses.c.at <= before))
