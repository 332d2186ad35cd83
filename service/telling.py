"""A person says what happened outside the mail: who told whom, and when (R-7)."""

from __future__ import annotations

from typing import Final

from cases.clocks import rule
from cases.errors import BadInput
from cases.lifecycle import OPEN_STATES
from service.clocks import cancel_these, running, start_clock, stop_these
from service.kept import confirm_measures
from service.wiring import Happening
from storage import casefile, tables
from storage.book import Update
from storage.records import Case

BY_HAND: Final = ("analysis", "containment")
_GOODS: Final = "containment"


def told(h: Happening, number: str, name: str, act: str) -> None:
    """Stop a clock by a recorded act: `act` says who told whom, when and how."""
    _needs(act, "what was told, by whom, to whom and when", "--act TEXT")
    case = casefile.locked(h.book, number)
    owed = running(h, case.id, [rule(name).name])
    if not owed:
        raise BadInput(f"no clock {name} runs in {case.number}", mend=_running(h, case))
    stop_these(h, owed, f"act:{h.actor}", act.strip())
    if name == "measures":
        confirm_measures(h, case)


def begin(h: Happening, number: str, name: str, why: str) -> None:
    """R-6: an analysis was asked for. R-2: goods are concerned after all, from this moment on."""
    case = _case(h, number, name, why)
    if case.state not in OPEN_STATES:
        raise BadInput(f"{case.number} is {case.state}", mend="open it again first")
    if running(h, case.id, [name]):
        raise BadInput(f"the clock {name} runs already in {case.number}")
    if name == _GOODS:
        _concerned(h, case, why, yes=True)
    start_clock(h, case, name, h.at, reason=why.strip())


def call_off(h: Happening, number: str, name: str, why: str) -> None:
    """R-2: no goods are concerned. R-6: the analysis is not wanted any more."""
    case = _case(h, number, name, why)
    owed = running(h, case.id, [name])
    if not owed:
        raise BadInput(f"no clock {name} runs in {case.number}", mend=_running(h, case))
    if name == _GOODS:
        _concerned(h, case, why, yes=False)
    cancel_these(h, owed, f"act:{h.actor}", why.strip())


def _case(h: Happening, number: str, name: str, why: str) -> Case:
    _needs(why, "a reason", "--why TEXT")
    if rule(name).name not in BY_HAND:
        raise BadInput(
            f"nobody starts or calls off the clock {name}", mend=f"only {' and '.join(BY_HAND)}"
        )
    return casefile.locked(h.book, number)


def _concerned(h: Happening, case: Case, why: str, *, yes: bool) -> None:
    values = {"goods_concerned": yes, "goods_why": why.strip()}
    h.record(case.id, "goods_concerned", Update(tables.cases, case.id, values))


def _running(h: Happening, case: Case) -> str:
    names = dict.fromkeys(clock.name for clock in running(h, case.id))
    return f"running: {', '.join(names) or 'none'}"


def _needs(text: str, what: str, mend: str) -> None:
    if not text.strip():
        raise BadInput(f"this needs {what}", mend=mend)
