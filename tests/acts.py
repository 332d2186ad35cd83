"""What a person does, in one line: the doors of the desk open a transaction of the user first."""

from __future__ import annotations

from collections.abc import Mapping

from service import deciding, editing, resolving
from service.deciding import Decision
from service.people import act
from service.wiring import Wiring


def assign(w: Wiring, number: str, to: str, user: str) -> None:
    with act(w, user, "assign") as h:
        editing.assign(h, number, to)


def set_case(
    w: Wiring, number: str, values: Mapping[str, str], user: str, *, line: int | None = None
) -> None:
    with act(w, user, "set") as h:
        editing.set_case(h, number, values, line=line)


def decide(w: Wiring, number: str, decision: Decision, user: str) -> str:
    with act(w, user, "decide") as h:
        return deciding.decide(h, number, decision)


def resolve_task(w: Wiring, task_id: int, way: str, why: str, user: str) -> None:
    with act(w, user, "task") as h:
        resolving.resolve(h, task_id, resolving.Ending(way, why))
