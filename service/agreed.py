"""Which terms hold, from which layer, since when, by whom and why (R-11): for pages and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.terms import TERMS, Value, written
from service.agreeing import Party
from service.wiring import Wiring
from storage import casefile
from storage import terms as store
from storage.changes import plain
from storage.database import Connection


def listed(w: Wiring, connection: Connection, of: Party) -> list[dict[str, Any]]:
    """Every term: what holds, and its layer: default, company, customer or case."""
    case = casefile.by_number(connection, of.case) if of.case else None
    customer_id = case.customer_id if case else of.customer_id
    layers: list[tuple[str, Mapping[str, Mapping[str, Any]]]] = [
        ("company", {name: {"value": value} for name, value in w.settings.terms.agreed.items()})
    ]
    if customer_id is not None:
        layers.append(("customer", _holding(store.held(connection, customer_id=customer_id))))
    if case is not None:
        layers.append(("case", _holding(store.held(connection, case_id=case.id))))
    return [_row(name, layers) for name in TERMS]


def superseded(connection: Connection, of: Party) -> list[dict[str, Any]]:
    """What was agreed and holds no more, the newest first: an auditor asks what held when."""
    case = casefile.by_number(connection, of.case) if of.case else None
    every = store.held(connection, customer_id=of.customer_id, case_id=case.id if case else None)
    return [
        {
            "term": one["name"],
            "value": written(one["value"]),
            "since": plain(one["since"]),
            "by": one["actor"],
            "why": one["reason"],
            "ended": plain(one["ended_at"]),
            "ended_by": one["ended_by"],
        }
        for one in reversed(every)
        if one["ended_at"] is not None
    ]


def _holding(every: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in every if one["ended_at"] is None}


def _row(name: str, layers: list[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    layer, found = "default", None
    for above, agreed in layers:
        if name in agreed:
            layer, found = above, agreed[name]
    value: Value = found["value"] if found else TERMS[name].default
    about = found or {}
    return {
        "term": name,
        "value": written(value),
        "layer": layer,
        "since": plain(about.get("since")),
        "by": about.get("actor"),
        "why": about.get("reason"),
        "rule": TERMS[name].rule,
        "says": TERMS[name].says,
    }
