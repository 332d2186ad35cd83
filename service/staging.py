"""The stages and disciplines of a case, out of what is known of it already (R-22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from cases.lifecycle import State
from cases.stages import Facts, MeasureFact, disciplines, stages
from storage import views
from storage.database import Connection
from storage.records import Case

View = Mapping[str, Any]
_AGREEMENT: Final = "solution_agreed"


def case_view(
    connection: Connection, case: Case, people: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """The case with everything that hangs on it, and its stages and disciplines.

    `people`: full names of users, for those who read of them.
    """
    shown = views.case_show(connection, case)
    facts = facts_of(shown, people)
    return {
        **shown,
        "stages": [asdict(one) for one in stages(facts)],
        "disciplines": [asdict(one) for one in disciplines(facts)],
    }


def facts_of(shown: View, people: Mapping[str, str] = MappingProxyType({})) -> Facts:
    """The facts on which the views rest, of a case as `storage.views.case_show` tells it."""
    accepted = [one for one in shown["letters"] if _reached(one)]
    kept = {clock["name"] for clock in shown["clocks"] if clock["state"] == "stopped"}
    told = frozenset(kept.union(*(one["stops"] or () for one in accepted)))
    return Facts(
        State(shown["state"]),
        manager=people.get(shown["manager"], shown["manager"] or ""),
        team=tuple(_name(one) for one in shown["team"] or ()),
        lines=len(shown["lines"]),
        lines_confirmed=sum(bool(one["confirmed_by"]) for one in shown["lines"]),
        goods_concerned=shown["goods_concerned"],
        told=told,
        measures=tuple(
            MeasureFact(
                one["kind"], people.get(one["owner"], one["owner"]), one["done_at"] is not None
            )
            for one in shown["measures"]
        ),
        root_cause=bool(shown["root_cause"]),
        solution=_solution(shown, {one["template"] for one in accepted}),
        measures_confirmed=shown["measures_confirmed_at"] is not None,
        results_sent="results" in told,
    )


def _reached(letter: View) -> bool:
    """Whether the case's contact has it (R-7)."""
    return any(one["to_contact"] and one["state"] == "accepted" for one in letter["deliveries"])


def _solution(shown: View, left: set[str]) -> str:
    chosen = (
        one["option"] for one in shown["answers"] if one["verdict"] == "choose" and one["acted"]
    )
    if option := next(chosen, None):
        return f"option {option} was chosen"
    return "the agreement was sent" if _AGREEMENT in left else ""


def _name(person: Any) -> str:
    return str(person["name"]) if isinstance(person, Mapping) else str(person)
