"""R-22: the five stages and the eight disciplines say what the case says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases.lifecycle import CLOSED_STATES, OPEN_STATES, State
from cases.stages import DISCIPLINES, STAGES, Facts, MeasureFact, Part, disciplines, stages

NEW = Facts(State.REGISTERED, manager="li", lines=1, goods_concerned=True)
DONE = Facts(
    State.CLOSED,
    manager="li",
    lines=2,
    lines_confirmed=2,
    goods_concerned=True,
    told=frozenset({"acknowledgment", "containment", "analysis"}),
    measures=(
        MeasureFact("containment", "wang", True),
        MeasureFact("root_cause_analysis", "wang", True),
        MeasureFact("corrective", "wang", True),
        MeasureFact("effectiveness_check", "li", True),
        MeasureFact("preventive", "li", True),
    ),
    measures_confirmed=True,
    results_sent=True,
)


def standings(facts: Facts) -> str:
    """One letter a discipline, then one a stage: d(one), o(pen), n(ot needed)."""
    return " ".join(
        "".join(part.standing[0] for part in view) for view in (disciplines(facts), stages(facts))
    )


def of(facts: Facts, key: str) -> Part:
    (found,) = (part for part in (*disciplines(facts), *stages(facts)) if part.key == key)
    return found


def with_(facts: Facts, *measures: tuple[str, bool]) -> Facts:
    return replace(facts, measures=tuple(MeasureFact(kind, "bo", done) for kind, done in measures))


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (NEW, "oooooooo ooooo"),
        (replace(NEW, goods_concerned=False), "oonooooo ooooo"),
        (replace(NEW, goods_concerned=None), "oonooooo ooooo"),
        (replace(NEW, lines_confirmed=1, told=frozenset({"acknowledgment"})), "odoooooo doooo"),
        (replace(NEW, team=("Li", "Bo")), "dooooooo ooooo"),
        (with_(NEW, ("containment", True)), "dooooooo ooooo"),
        (with_(replace(NEW, told=frozenset({"containment"})), ("containment", True)),
         "dodooooo ooooo"),
        (with_(NEW, ("root_cause_analysis", True)), "doodoooo ooooo"),
        (replace(NEW, root_cause=True, goods_concerned=False), "oondoooo odooo"),
        (with_(NEW, ("corrective", False)), "dooodooo ooooo"),
        (with_(NEW, ("corrective", True), ("effectiveness_check", True)), "doooddoo oodoo"),
        (replace(NEW, solution="option B", results_sent=True), "ooooddoo oodoo"),
        (with_(NEW, ("preventive", True), ("training", False)), "dooooooo ooooo"),
        (with_(NEW, ("standardisation", True)), "doooooDo ooooD".lower()),
        (DONE, "dddddddd ddddd"),
        (replace(DONE, state=State.IN_PROGRESS), "dddddddo dddod"),
        (replace(DONE, state=State.DISMISSED), "dddddddn dddnd"),
        (replace(NEW, state=State.MERGED), "nnnnnnnn nnnnn"),
    ],
)  # fmt: skip
def test_where_each_part_stands(facts: Facts, wanted: str) -> None:
    assert standings(facts) == wanted


def test_what_shows_it_and_what_lacks() -> None:
    found = of(with_(NEW, ("containment", True), ("containment", False)), "D3")
    assert found == Part(
        "D3",
        "Containment",
        "open",
        ("1 of 2 containment measures done",),
        ("1 containment measure to be done", "to tell the customer"),
    )
    assert of(replace(NEW, manager=""), "D1").lacks[0] == "a case manager"
    assert of(replace(NEW, lines=0), "D2").lacks == ("a line",)
    assert of(replace(NEW, goods_concerned=False), "D3").shows == ("no goods are concerned",)
    assert of(replace(DONE, state=State.IN_PROGRESS), "D8").lacks == ("the customer’s approval",)
    assert of(replace(DONE, state=State.IN_PROGRESS, results_sent=False), "results_feedback").lacks
    assert of(replace(NEW, state=State.CLOSED), "D7").shows == ("the case is closed without it",)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_parts_and_only_open_ones_lack(state: State) -> None:
    every = (*disciplines(replace(NEW, state=state)), *stages(replace(NEW, state=state)))
    assert [part.key for part in every] == [*DISCIPLINES, *STAGES]
    for part in every:
        assert (part.standing == "open") == bool(part.lacks)
        assert part.standing != "open" or state in OPEN_STATES
    assert len(OPEN_STATES | CLOSED_STATES) == len(State)
