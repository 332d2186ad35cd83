"""The order of locks: first the case, then what hangs on it. Whoever keeps to it never deadlocks.

A `Book` locks the case before it changes rows of it. Who first locked a clock or a delivery and
then wanted the case would wait for somebody who has the case and wants that clock.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, ScalarSelect, select

from storage.tables import cases


def hold_case(tx: Connection, case_id: int | ScalarSelect[int]) -> None:
    """Hold the case until `tx` ends; SQLite's writer has the whole file to itself anyway."""
    same: ColumnElement[bool] = cases.c.id == case_id
    tx.execute(select(cases.c.id).where(same).with_for_update())
