"""Expectations that come with foreign mails: what is looked at, and how it is compared.

wrong.toml lists those that are wrong, each with its reason; they are not counted, and a test sees
to it that each still differs. docs/reading.md shows the same list.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from intake.kinds import bounce
from intake.mail import Address, Mail
from intake.parse import read
from tests.reading.mails import FOLDER
from tests.reading.score import Score

__all__ = ["FOLDER", "Expected", "Wrong", "holds", "load", "scored", "seen", "wrong"]

WRONG: Final = Path(__file__).with_name("wrong.toml")


@dataclass(frozen=True, slots=True)
class Expected:
    """`field` of the mail in the file `mail` is, starts with or contains `value`."""

    mail: str
    field: str
    value: Any
    op: str = "equal"

    def __str__(self) -> str:
        return f"{self.mail} {self.field}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """An expectation that is not ours, and why."""

    mail: str
    field: str
    reason: str


def load(path: Path) -> Any:
    """A JSON file of the corpora; None where it is not there."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def wrong() -> list[Wrong]:
    """The expectations that are wrong."""
    return [Wrong(**one) for one in tomllib.loads(WRONG.read_text("utf-8"))["wrong"]]


def scored(name: str, every: Iterable[Expected], folder: Path, least: float = 1.0) -> Score:
    """How many hold of those that are right."""
    listed = {(one.mail, one.field) for one in wrong()}
    counted = [one for one in every if (one.mail, one.field) not in listed]
    missed = tuple(
        f"{one}: {seen(one, folder)!r}, not {one.value!r}"
        for one in counted
        if not holds(one, folder)
    )
    return Score(name, len(counted) - len(missed), len(counted), least, missed)


def holds(one: Expected, folder: Path) -> bool:
    """Whether what is read is what is expected, white space at the ends of lines aside."""
    found, value = _plain(seen(one, folder)), _plain(one.value)
    match one.op:
        case "startswith":
            return bool(found.startswith(value))
        case "contains":
            return bool(value in found)
        case "lacks":
            return bool(value not in found)
    return bool(found == value)


def seen(one: Expected, folder: Path) -> Any:
    """What is read for that field."""
    return FIELDS[one.field](_read(folder / one.mail))


@lru_cache(maxsize=32)
def _read(path: Path) -> Mail:
    return read(path.read_bytes())


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    lines = (line.rstrip() for line in value.replace("\r\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def _addresses(every: Iterable[Address]) -> list[str]:
    return [one.address for one in every]


def _id(value: str | None) -> str | None:
    return value.strip("<>") if value else value


FIELDS: Final[Mapping[str, Callable[[Mail], Any]]] = {
    "subject": lambda mail: mail.subject,
    "text": lambda mail: mail.text,
    "new_text": lambda mail: mail.new_text,
    "date": lambda mail: mail.date and mail.date.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "from": lambda mail: [mail.from_.address] if mail.from_ else [],
    "from name": lambda mail: mail.from_.name if mail.from_ else "",
    "to": lambda mail: _addresses(mail.to),
    "to name": lambda mail: mail.to[0].name if mail.to else "",
    "cc": lambda mail: _addresses(mail.cc),
    "reply_to": lambda mail: _addresses(mail.reply_to),
    "reply_to name": lambda mail: mail.reply_to[0].name if mail.reply_to else "",
    "message_id": lambda mail: _id(mail.message_id),
    "in_reply_to": lambda mail: [_id(one) for one in mail.in_reply_to],
    "bounce": lambda mail: sorted(one.address for one in bounce.recipients(mail)),
    "references": lambda mail: [_id(one) for one in mail.references],
}
