"""The order of locks: first the case, then what hangs on it. Whoever keeps to it never deadlocks.

A `Book` locks the case before it changes rows of it. Who first locked a clock or a delivery and
then wanted the case would wait for somebody who has the case and wants that clock.

What only one transaction at a time may do on all nodes, it does in turn (`take_turn`).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, select

from storage.tables import cases

# register: what one batch looks up, another may be about to register. brakes: what is counted,
# another may be about to add to.
Turn: TypeAlias = Literal["register", "brakes"]
_KEYS: Final[dict[Turn, int]] = {
    "register": int.from_bytes(b"register"),
    "brakes": int.from_bytes(b"brakes"),
}


def hold_case(tx: Connection, case_id: int | ScalarSelect[int | None] | None) -> None:
    """Hold the case until `tx` ends; SQLite's writer has the whole file to itself anyway."""
    if case_id is None:
        return
    same: ColumnElement[bool] = cases.c.id == case_id
    tx.execute(select(cases.c.id).where(same).with_for_update())


def take_turn(tx: Connection, turn: Turn) -> None:
    """Wait until no other transaction has this turn; it ends with `tx`. SQLite has one writer."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_KEYS[turn])))
