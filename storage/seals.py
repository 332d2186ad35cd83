"""The daily seal over all chains (R-46): who writes a whole chain anew is found out by it.

A seal covers every record from before its moment, by the last record of each case, and the seal
before it. Payloads may be erased; no hash changes by that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from storage.changes import chain_hash
from storage.tables import history, seals
from storage.upsert import insert_into

GENESIS = "0" * 64


def is_sealed(connection: Connection, day: date) -> bool:
    """Whether this day has its seal."""
    return connection.scalar(select(seals.c.day).where(seals.c.day == day)) is not None


def days(connection: Connection) -> int:
    """How many days have one."""
    return connection.scalar(select(func.count()).select_from(seals)) or 0


def seal(connection: Connection, day: date, until: datetime) -> dict[str, object]:
    """The row that seals everything from before `until`. Reads all chains and writes nothing."""
    heads = _heads(connection, until)
    before = connection.scalar(
        select(seals.c.hash).where(seals.c.day < day).order_by(seals.c.day.desc()).limit(1)
    )
    row = {"day": day, "sealed_at": until, "cases": len(heads)}
    return {**row, "hash": _hash(before or GENESIS, day, until, heads)}


def keep(tx: Connection, row: Mapping[str, object]) -> bool:
    """Write it; False when another node has."""
    new = insert_into(tx, seals).values(**row).on_conflict_do_nothing()
    return tx.scalar(new.returning(seals.c.day)) is not None


def faults(connection: Connection) -> list[str]:
    """What the seals say against the chains. One pass over the whole history."""
    found, previous = [], GENESIS
    every = connection.execute(select(seals).order_by(seals.c.sealed_at)).all()
    records = _records(connection)
    heads: dict[int, tuple[int, str]] = {}
    waiting = next(records, None)
    for row in every:
        while waiting is not None and waiting[0] < row.sealed_at:
            _, case_id, seq, digest = waiting
            if seq > heads.get(case_id, (0, ""))[0]:
                heads[case_id] = (seq, digest)
            waiting = next(records, None)
        expected = _hash(previous, row.day, row.sealed_at, heads)
        if row.hash != expected or row.cases != len(heads):
            found.append(f"the seal of {row.day} does not fit: history from before it was altered")
        previous = row.hash
    return found


def _hash(previous: str, day: date, until: datetime, heads: Mapping[int, tuple[int, str]]) -> str:
    digest = hashlib.sha256(f"{previous} {day} {until.timestamp():.6f}\n".encode())
    for case_id, (seq, head) in sorted(heads.items()):
        digest.update(f"{case_id} {seq} {head}\n".encode())
    return digest.hexdigest()


def _heads(connection: Connection, until: datetime) -> dict[int, tuple[int, str]]:
    last = (
        select(history.c.case_id, func.max(history.c.seq).label("seq"))
        .where(history.c.at < until)
        .group_by(history.c.case_id)
        .subquery()
    )
    same = (history.c.case_id == last.c.case_id) & (history.c.seq == last.c.seq)
    found = connection.execute(select(history).join(last, same))
    return {row.case_id: (row.seq, chain_hash(dict(row._mapping))) for row in found}


def _records(connection: Connection) -> Iterator[tuple[datetime, int, int, str]]:
    found = select(history).order_by(history.c.at).execution_options(yield_per=1000)
    with connection.execute(found) as rows:  # who reads not to the end leaves no cursor open
        for row in rows:
            yield row.at, row.case_id, row.seq, chain_hash(dict(row._mapping))
