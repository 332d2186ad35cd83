"""Facts (R-23), over mails of our own: what is found and right, and what is found and wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from intake.facts.find import Facts, find
from intake.parse import read
from tests.reading.score import Score

OWN = Path(__file__).parent / "fact_mails"


def scores(folder: Path) -> list[Score]:
    """The share of the expected facts that are found, and of the found ones that are right."""
    missed: list[str] = []
    wrong: list[str] = []
    expected = found = 0
    for name, mail in own_mails():
        want, got = _flat_expected(mail), _flat(find(read(_raw(mail))))
        expected += len(want)
        found += len(got)
        missed += [f"{name}: {one} is not found" for one in sorted(want - got)]
        wrong += [f"{name}: {one} is not said" for one in sorted(got - want)]
    return [
        Score("facts found", expected - len(missed), expected, 0.95, tuple(missed)),
        Score("found facts that are right", found - len(wrong), found, 0.95, tuple(wrong)),
    ]


def own_mails() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every labelled mail with a name."""
    for file in sorted(OWN.glob("*.toml")):
        for number, mail in enumerate(tomllib.loads(file.read_text("utf-8"))["mail"], start=1):
            yield f"{file.stem} {number}", mail


def _raw(mail: Mapping[str, Any]) -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Ana Ruiz <ana@hydraulik.test>", "complaints@acme.test"
    made["Subject"] = mail["subject"]
    made.set_content(mail["text"])
    for name in mail.get("files", ()):
        made.add_attachment(b"x", "application", "octet-stream", filename=name)
    return made.as_bytes()


def _flat_expected(mail: Mapping[str, Any]) -> set[str]:
    lines = mail.get("line", ())
    return {
        *(f"{name} {value!r}" for name, value in mail.get("case", {}).items()),
        *(f"line {at}: {name} {v!r}" for at, one in enumerate(lines, 1) for name, v in one.items()),
    }


def _flat(facts: Facts) -> set[str]:
    return {
        *(f"{one.name} {one.value!r}" for one in facts.of_case.values()),
        *(
            f"line {at}: {one.name} {one.value!r}"
            for at, line in enumerate(facts.lines, 1)
            for one in line.values()
        ),
    }
