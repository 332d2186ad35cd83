"""One-click answers: `mailto:` links in the letters that ask (R-29).

A click opens the customer's own mail program with a mail that says what was clicked; nothing
happens before that mail is sent, so that no program which follows links can answer for anybody. The
token stands in the address, the subject and the body: two of them may be lost.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from mailer.source import Problem

FILE: Final = "_clicks.toml"
# What a letter that asks this can be answered with; the customer sees them in this order.
VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "approval": ("approve", "reject", "question"),
    "proposal": ("choose", "reject", "question"),
    "closed": ("very_satisfied", "satisfied", "not_satisfied"),
}
_LABELS: Final = (*dict.fromkeys(verb for some in VERBS.values() for verb in some), "agree")
_NEEDS: Final = {"heading": tuple(VERBS), "label": _LABELS, "says": _LABELS}
_OF_ONE: Final = "agree"  # a proposal with one option is agreed to
_LONGEST_LETTER: Final = 10  # of an option
_SAFE: Final = "@"  # a plus sign that is not encoded, some programs turn into a space


@dataclass(frozen=True, slots=True)
class Click:
    """One link: what it is called, and what its mail says. `verb` is the same in all languages."""

    verb: str
    option: str
    label: str
    says: str

    @property
    def mark(self) -> str:
        """What the mail says for the service."""
        return f"{self.verb} {self.option}".rstrip()


@dataclass(frozen=True)
class ClickWords:
    """The words of the links in one language."""

    heading: Mapping[str, str]
    label: Mapping[str, str]
    says: Mapping[str, str]

    def clicks(self, asks: str, options: Sequence[str] = ()) -> tuple[Click, ...]:
        """The links of a letter that asks this."""
        found: list[Click] = []
        for verb in VERBS.get(asks, ()):
            named = options if verb == "choose" else ("",)
            words = _OF_ONE if verb == "choose" and len(options) == 1 else verb
            found += (
                Click(verb, option, self._of("label", words, option), self._said(words, option))
                for option in named
                if len(option) <= _LONGEST_LETTER
            )
        return tuple(found)

    def _said(self, words: str, option: str) -> str:
        return self._of("says", words, option)

    def _of(self, table: str, words: str, option: str) -> str:
        texts: Mapping[str, str] = getattr(self, table)
        return texts[words].replace("{option}", option)


def read(folders: Sequence[Path], language: str) -> tuple[ClickWords | None, list[Problem]]:
    """The words of a language out of the last folder that has them, and what is wrong with them."""
    places = [folder / language / FILE for folder in reversed(folders)]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return None, []  # the links are in English then
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        return None, [Problem(file, 0, f"cannot be read ({error})", "write TOML, as UTF-8")]
    problems = [
        Problem(file, 0, f"{table}.{name} is missing", "write a text")
        for table, names in _NEEDS.items()
        for name in names
        if not str(found.get(table, {}).get(name, "")).strip()
    ]
    if problems:
        return None, problems
    return ClickWords(found["heading"], found["label"], found["says"]), []


def mailto(click: Click, *, address: str, subject: str, token: str) -> str:
    """The link (RFC 6068): address, subject and body, percent-encoded."""
    mark = f"Ref: {token} {click.mark}"
    title = f"{click.says.rstrip('.。:：')} [{subject}] {mark}"
    body = f"{click.says}\r\n\r\n{mark}\r\n"
    return f"mailto:{quote(address, safe=_SAFE)}?subject={_said(title)}&body={_said(body)}"


def _said(text: str) -> str:
    return quote(text, safe="")
