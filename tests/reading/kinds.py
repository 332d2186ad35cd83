"""What kind of mail it is, on an own set of mails with the kind that a person gives them.

kinds_people.toml holds what people wrote: none of it may be set aside. kinds_machines.toml holds
the rest; the many Received fields of a loop are made here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from intake.kinds.screen import OwnAddresses, screen
from intake.parse import read
from tests.reading.score import Score

OWN: Final = OwnAddresses(
    frozenset({"complaints@acme.example"}), "amends.acme.example", installation="3f2a"
)
HEARD: Final = frozenset({"complaint", "reply"})
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail and its kind."""

    kind: str
    raw: bytes

    def __str__(self) -> str:
        lines = self.raw.decode().splitlines()
        return next((one for one in lines if one.lower().startswith("subject:")), lines[0])


def labelled(name: str) -> Iterator[Labelled]:
    """The mails of one of the files beside this module."""
    with (_FOLDER / name).open("rb") as file:
        for one in tomllib.load(file)["mail"]:
            yield Labelled(one["kind"], one["mail"].lstrip("\n").encode())


def made() -> Iterator[Labelled]:
    """What is too long to be written down."""
    many = b"Received: from a.example by b.example; Mon, 2 Mar 2026 08:00:00 +0000\n" * 60
    yield Labelled("loop", many + b"From: bob@shop.example\nSubject: 60 stations\n\nhello\n")
    few = many[: len(many) // 6]
    yield Labelled("complaint", few + b"From: bob@shop.example\nSubject: 10 stations\n\nhello\n")


def scores(folder: Path) -> list[Score]:
    """The kinds of all, and that no person is set aside. `folder` is not looked at."""
    people = list(labelled("kinds_people.toml"))
    every = [*people, *labelled("kinds_machines.toml"), *made()]
    wrong = [(one, seen) for one in every if (seen := kind_of(one)) != one.kind]
    unheard = [(one, seen) for one in people if (seen := kind_of(one)) not in HEARD]
    return [
        Score("kinds of mail", len(every) - len(wrong), len(every), 0.97, _told(wrong)),
        Score("people heard", len(people) - len(unheard), len(people), 1.0, _told(unheard)),
    ]


def kind_of(one: Labelled) -> str:
    """What the judges say."""
    return screen(read(one.raw), OWN).kind


def _told(misses: list[tuple[Labelled, str]]) -> tuple[str, ...]:
    return tuple(f"{one}: {seen}, not {one.kind}" for one, seen in misses)
