"""The file of one letter: TOML between two lines of +++, then Markdown with Jinja2."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Asks: TypeAlias = Literal["approval", "proposal", "question", "closed"]
Event: TypeAlias = Literal["proposal_sent", "results_sent"]
Audience: TypeAlias = Literal["customer", "internal"]

FENCE = "+++"
CLOCKS = (  # that a letter can stop
    "acknowledgment",
    "containment",
    "proposal",
    "measures",
    "results",
    "analysis",
    "promised_date",
)


@dataclass(frozen=True)
class Front:
    """What a letter is and does, as its front matter says."""

    subject: str  # Jinja2; used when the customer's mail has none, without Re: and number
    asks: Asks | None = None  # what the customer's reply is read as an answer to
    stops: tuple[str, ...] = ()  # clocks that end when the letter is accepted by SMTP
    event: Event | None = None  # step of the lifecycle when it is accepted
    needs: tuple[str, ...] = ()  # the letter's own facts, given by a manager
    automatic: bool = False  # may leave without a person; composed with Auto-Submitted then
    audience: Audience = "customer"  # "internal": own people, may show what no customer may read


@dataclass(frozen=True)
class Problem:
    """One fault of a template, with its mend. `line` counts from 1; 0: the whole file."""

    file: Path
    line: int
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.reason}; {self.mend}"


class Faulty(Exception):
    """The file cannot be used, because of these problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


def read(file: Path) -> tuple[Front, str]:
    """Return front matter and body. The body keeps its line numbers. Raises Faulty."""
    lines = lines_of(file)
    ends = [at for at, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if len(ends) < 2 or ends[0] != 0:
        mend = f"begin the file with a line {FENCE}, the front matter and a line {FENCE}"
        raise Faulty(Problem(file, 1, "has no front matter", mend))
    try:
        found = tomllib.loads("\n".join(["", *lines[1 : ends[1]], ""]))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else ends[1]
        raise Faulty(Problem(file, line, f"bad front matter: {error}", "write TOML")) from error
    front = _front(file, lines[: ends[1]], found)
    return front, "\n".join([""] * (ends[1] + 1) + lines[ends[1] + 1 :]) + "\n"


def lines_of(file: Path) -> list[str]:
    """Return the lines of a UTF-8 file, with or without a byte-order mark. Raises Faulty."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Faulty(Problem(file, 0, f"cannot be read ({error})", "save it as UTF-8")) from error


def _front(file: Path, lines: list[str], found: dict[str, object]) -> Front:
    problems = []
    for key, value in found.items():
        line = next((n for n, text in enumerate(lines, 1) if re.match(rf"\s*{key}\b", text)), 1)
        if key not in KEYS:
            mend = f"use one of {', '.join(KEYS)}"
            problems.append(Problem(file, line, f"{key} is not a known key", mend))
        elif not KEYS[key][0](value):
            must = f"must be {KEYS[key][1]}, not {value!r}"
            problems.append(Problem(file, line, f"{key} {must}", "correct the value"))
    if "subject" not in found:
        problems.append(Problem(file, 1, "subject is missing", 'add subject = "..."'))
    if found.get("audience") == "internal" and not problems:
        problems += _of_no_customer(file, found)
    if problems:
        raise Faulty(*problems)
    plain = {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}
    return Front(**plain)  # type: ignore[arg-type]  # KEYS has just checked each value


def _of_no_customer(file: Path, found: dict[str, object]) -> list[Problem]:
    """An internal letter moves nothing of the customer's, and no machine may answer it."""
    wrong = [key for key in ("asks", "stops", "event") if found.get(key)]
    problems = [
        Problem(file, 1, f"an internal letter has no {key}", f"take {key} out") for key in wrong
    ]
    if found.get("automatic") is not True:
        mend = "write automatic = true"
        problems.append(Problem(file, 1, "an internal letter is automatic", mend))
    return problems


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _one_of(allowed: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: value in allowed


def _some_of(fits: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, list) and all(isinstance(one, str) and fits(one) for one in value)
    )


KEYS: dict[str, tuple[Callable[[object], bool], str]] = {
    "subject": (_text, "a text"),
    "asks": (_one_of(get_args(Asks)), f"one of {', '.join(get_args(Asks))}"),
    "stops": (_some_of(CLOCKS.__contains__), f"a list of {', '.join(CLOCKS)}"),
    "event": (_one_of(get_args(Event)), f"one of {', '.join(get_args(Event))}"),
    "needs": (_some_of(str.isidentifier), "a list of names"),
    "automatic": (lambda value: isinstance(value, bool), "true or false"),
    "audience": (_one_of(get_args(Audience)), f"one of {', '.join(get_args(Audience))}"),
}
