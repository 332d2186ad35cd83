"""How well answers are understood: a set of our own, in mails as eight mail programs make them.

python -m tests.reading.answers [first|second|third]

`first.toml` was written with the phrases, `second.toml` after them, from the customers' side.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cases.answers import Answer, Asked, read
from intake.reply import newtext
from tests.reading.score import Score

OWN: Final = Path(__file__).with_name("answer_cases")
SETS: Final = ("first", "second", "third")
ACTING_LEAST: Final = 0.80
APPROVAL: Final = Asked("approval")
PROPOSAL: Final = Asked(
    "proposal", ("A", "B"), ("Remake of the 240 pieces", "Refund of the price, USD 480")
)
_PLAIN: Final = {
    "approve": (APPROVAL, "approve", None),
    "reject": (APPROVAL, "reject", None),
    "a": (PROPOSAL, "choose", "A"),
    "b": (PROPOSAL, "choose", "B"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled mail. `plain`: it should act without a person."""

    language: str
    core: str
    body: str
    asked: Asked
    verdict: str
    option: str | None
    plain: bool

    def read(self) -> Answer:
        """What the product understands."""
        return read(newtext.split(self.body)[0], self.asked)

    def wrong(self, found: Answer) -> bool:
        """Whether something would happen that the customer did not say."""
        return found.certain and (found.verdict, found.option) != (self.verdict, self.option)


def scores(_: Path | None = None) -> list[Score]:
    """None acts wrongly; of the plain ones enough act, in every language; and the verdicts."""
    return [score for name in SETS for score in measured(name)]


def measured(name: str) -> list[Score]:
    """Of one of the sets."""
    every = [(one, one.read()) for one in cases(name)]
    safe = _score(f"answers {name}: none acts wrongly", 1.0, every, lambda c, f: not c.wrong(f))
    plain = [(case, found) for case, found in every if case.plain]
    kinds = [
        _score(f"answers {name}: plain {word} act", ACTING_LEAST, some, _acts)
        for word in ("approve", "reject", "choose")
        if (some := [pair for pair in plain if pair[0].verdict == word])
    ]
    languages = [
        _score(f"answers {name}: plain in {one} act", ACTING_LEAST, some, _acts)
        for one in sorted({case.language for case, _ in plain})
        if (some := [pair for pair in plain if pair[0].language == one])
    ]
    said = _score(f"answers {name}: verdicts", 0.70, every, lambda c, f: c.verdict == f.verdict)
    return [safe, *kinds, *languages, said]


def cases(name: str) -> Iterator[Case]:
    """Every core in two mails of the set `first.toml` or `second.toml`."""
    data = tomllib.loads((OWN / f"{name}.toml").read_text("utf-8"))
    wrappings = tomllib.loads((OWN / "wrappings.toml").read_text("utf-8"))
    turn = 0
    for language, labels in data.items():
        for label, cores in labels.items():
            asked, verdict, option = _meant(label)
            for core in cores:
                for _ in range(2):
                    body = wrapped(core, language, turn, wrappings)
                    turn += 1
                    yield Case(language, core, body, asked, verdict, option, label in _PLAIN)


def _meant(label: str) -> tuple[Asked, str, str | None]:
    if label in _PLAIN:
        return _PLAIN[label]
    verdict = label.removesuffix("_of_proposal")
    return (PROPOSAL if verdict != label else APPROVAL), verdict, None


def wrapped(core: str, language: str, turn: int, wrappings: dict[str, Any]) -> str:
    """The core in a mail: greeting or not, signature, disclaimer, and the quoted letter."""
    words = wrappings["words"].get(language, wrappings["words"]["en"])
    client = wrappings["client"][turn % len(wrappings["client"])]
    letter = words["letter"].splitlines()
    quoted = "\n".join(client["mark"] + line for line in letter)
    above = words["greeting"] if turn % 3 == 1 and "\n" not in core else ""
    below = ("", words["signature"], words["signature"] + words["notice"], client["foot"])[turn % 4]
    return f"{above}{core}\n{below}\n{client['head'].format(**words)}\n{quoted}\n"


def _acts(case: Case, found: Answer) -> bool:
    return found.certain and not case.wrong(found)


def _score(name: str, least: float, every: Sequence[tuple[Case, Answer]], holds: Any) -> Score:
    misses = [f"{c.language} {c.core!r}: {f}" for c, f in every if not holds(c, f)]
    return Score(name, len(every) - len(misses), len(every), least, tuple(misses))


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SETS:
        for score in measured(chosen):
            print(score, *dict.fromkeys(score.misses), sep="\n  ")  # noqa: T201 - a tool by hand
