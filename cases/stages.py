"""Five stages and eight disciplines: two views of the same case, derived and never stored (R-22).

People speak of the stages of a complaint, customers who want an 8D report of its disciplines. Both
read the same plain facts, so neither can say what the case does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cases.lifecycle import OPEN_STATES, State

Standing = Literal["done", "open", "not_needed"]


@dataclass(frozen=True)
class MeasureFact:
    """A measure of the case: its kind (R-26), its owner, and whether it was done."""

    kind: str
    owner: str
    done: bool


@dataclass(frozen=True)
class Facts:
    """What the views rest on. `told`: the promises that were kept to the customer (R-7), by clock.

    `goods_concerned`: none where nobody complained of goods. `solution`: what shows that one was
    agreed, or "".
    """

    state: State
    manager: str = ""
    team: tuple[str, ...] = ()
    lines: int = 0
    lines_confirmed: int = 0
    goods_concerned: bool | None = None
    told: frozenset[str] = frozenset()
    measures: tuple[MeasureFact, ...] = ()
    root_cause: bool = False
    solution: str = ""
    measures_confirmed: bool = False
    results_sent: bool = False


@dataclass(frozen=True)
class Part:
    """One stage or discipline: where it stands, what shows it, and what it still lacks."""

    key: str
    name: str
    standing: Standing
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """What was found of one part. `spared`: "" or why it is not needed in this case."""

    shows: tuple[str, ...]
    lacks: tuple[str, ...]
    spared: str = ""


def _found(
    shows: Iterable[str | None], lacks: Iterable[str | None] = (), spared: str = ""
) -> _Found:
    return _Found(
        tuple(one for one in shows if one), tuple(one for one in lacks if one), spared=spared
    )


def _of(facts: Facts, *kinds: str) -> list[MeasureFact]:
    return [one for one in facts.measures if one.kind in kinds]


def _count(measures: list[MeasureFact], what: str) -> str | None:
    """Such as "2 of 3 corrective measures done"."""
    if not measures:
        return None
    done = sum(one.done for one in measures)
    some = "measure" if len(measures) == 1 else "measures"
    return f"{done} of {len(measures)} {what} {some} done"


def _undone(measures: list[MeasureFact], what: str) -> str | None:
    left = sum(not one.done for one in measures)
    return f"{left} {what} {'measure' if left == 1 else 'measures'} to be done" if left else None


def _reception(facts: Facts) -> _Found:
    known = _problem(facts)
    told = "acknowledgment" in facts.told
    return _found(
        ("receipt acknowledged" if told else None, *known.shows),
        (None if told else "the acknowledgment", *known.lacks),
    )


def _team(facts: Facts) -> _Found:
    owners = dict.fromkeys(one.owner for one in facts.measures)
    people = tuple(dict.fromkeys((*facts.team, *filter(None, (facts.manager,)), *owners)))
    alone = not facts.team and len(people) < 2
    return _found(
        (", ".join(people),),
        (
            None if facts.manager else "a case manager",
            "somebody besides the manager: a measure with another owner" if alone else None,
        ),
    )


def _problem(facts: Facts) -> _Found:
    left = facts.lines - facts.lines_confirmed
    confirmed = f"{facts.lines_confirmed} of {facts.lines} lines confirmed"
    return _found(
        (confirmed if facts.lines_confirmed else None,),
        (
            f"{left} of {facts.lines} lines to be confirmed" if left else None,
            None if facts.lines else "a line",
        ),
    )


def _containment(facts: Facts) -> _Found:
    measures = _of(facts, "containment")
    shows = (_count(measures, "containment"), _told(facts, "containment", "the customer was told"))
    if facts.goods_concerned is not True and not measures:
        no = (
            "no goods are concerned" if facts.goods_concerned is False else "no goods complained of"
        )
        return _found((no,), spared=no)
    return _found(
        shows,
        (
            None if measures else "a containment measure",
            _undone(measures, "containment"),
            None if "containment" in facts.told else "to tell the customer",
        ),
    )


def _told(facts: Facts, clock: str, what: str) -> str | None:
    return what if clock in facts.told else None


def _cause(facts: Facts) -> _Found:
    measures = _of(facts, "root_cause_analysis")
    known = facts.root_cause or any(one.done for one in measures)
    return _found(
        (
            "the root cause is written down" if facts.root_cause else None,
            _count(measures, "root cause analysis"),
            _told(facts, "analysis", "the customer has the analysis"),
        ),
        (None if known else "the root cause", _undone(measures, "root cause analysis")),
    )


def _chosen(facts: Facts) -> _Found:
    measures = _of(facts, "corrective")
    some = "measure" if len(measures) == 1 else "measures"
    chosen = f"{len(measures)} corrective {some} chosen" if measures else None
    lacks = None if facts.solution or chosen else "a solution or a corrective measure"
    return _found((facts.solution, chosen), (lacks,))


def _carried_out(facts: Facts) -> _Found:
    measures = _of(facts, "correction", "corrective")
    checks = _of(facts, "effectiveness_check")
    if not measures and facts.solution and facts.results_sent:
        return _found((facts.solution, "the results were sent"))
    return _found(
        (
            _count(measures, "corrective"),
            _count(checks, "effectiveness check"),
            _confirmed(facts),
        ),
        (
            None if measures else "a correction or corrective measure",
            _undone(measures, "corrective"),
            _undone(checks, "effectiveness check"),
            "what shows that it works: an effectiveness check, or the results"
            if not (any(one.done for one in checks) or facts.results_sent)
            else None,
        ),
    )


def _confirmed(facts: Facts) -> str | None:
    return "the measures were confirmed to the customer" if facts.measures_confirmed else None


def _prevention(facts: Facts) -> _Found:
    measures = _of(facts, "preventive", "standardisation", "training")
    return _found(
        (_count(measures, "preventive"),),
        (None if measures else "a preventive measure", _undone(measures, "preventive")),
    )


def _closing(facts: Facts) -> _Found:
    approved = facts.state is State.CLOSED
    return _found(
        ("the customer approved",) if approved else (),
        () if approved else ("the customer’s approval",),
    )


def _analysis(facts: Facts) -> _Found:
    return _both(facts, _containment, _cause)


def _correction(facts: Facts) -> _Found:
    return _both(facts, _chosen, _carried_out)


def _feedback(facts: Facts) -> _Found:
    owed = bool(_of(facts, "corrective", "preventive")) and not facts.measures_confirmed
    closing = _closing(facts)
    return _found(
        (
            _confirmed(facts),
            "the results were sent" if facts.results_sent else None,
            *closing.shows,
        ),
        (
            "to confirm the measures to the customer" if owed else None,
            None if facts.results_sent else "the results",
            *closing.lacks,
        ),
    )


def _both(facts: Facts, *judges: Callable[[Facts], _Found]) -> _Found:
    found = [judge(facts) for judge in judges]
    return _found(
        dict.fromkeys(one for part in found for one in part.shows),
        dict.fromkeys(one for part in found for one in part.lacks),
    )


Judge = Callable[[Facts], _Found]
STAGES: Final[Mapping[str, tuple[str, Judge]]] = {
    "information_reception": ("Information reception", _reception),
    "problem_analysis": ("Problem analysis", _analysis),
    "corrective_action": ("Corrective action", _correction),
    "results_feedback": ("Results feedback", _feedback),
    "preventive_measures": ("Preventive measures", _prevention),
}
DISCIPLINES: Final[Mapping[str, tuple[str, Judge]]] = {
    "D1": ("Team", _team),
    "D2": ("Problem description", _problem),
    "D3": ("Containment", _containment),
    "D4": ("Root cause", _cause),
    "D5": ("Corrective measures chosen", _chosen),
    "D6": ("Corrective measures carried out", _carried_out),
    "D7": ("Prevention", _prevention),
    "D8": ("Closing", _closing),
}


def stages(facts: Facts) -> tuple[Part, ...]:
    """The five stages of the case, in their order."""
    return tuple(_parts(STAGES, facts))


def disciplines(facts: Facts) -> tuple[Part, ...]:
    """The eight disciplines of the case, in their order."""
    return tuple(_parts(DISCIPLINES, facts))


def _parts(table: Mapping[str, tuple[str, Judge]], facts: Facts) -> Iterator[Part]:
    for key, (name, judge) in table.items():
        yield _part(key, name, judge(facts), facts.state)


def _part(key: str, name: str, found: _Found, state: State) -> Part:
    if found.spared:
        return Part(key, name, "not_needed", found.shows)
    if not found.lacks:
        return Part(key, name, "done", found.shows)
    if state not in OPEN_STATES:
        # Nobody will do it any more: the case ended without.
        ended = f"the case is {state.value.replace('_', ' ')} without it"
        return Part(key, name, "not_needed", (*found.shows, ended))
    return Part(key, name, "open", found.shows, found.lacks)
