"""The form of a letter: which fields it has, and what was typed, as facts and back again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.datastructures import FormData

from cases.errors import BadInput
from desk.web.visit import Visit
from mailer.compose import Attachment
from mailer.sendable import sendable

# How a fact that a letter needs is asked for; others are a line of text.
_KINDS: Final[Mapping[str, str]] = {
    "options": "options",
    "measures": "measures",
    "cost_shares": "shares",
    "promised_date": "date",
    **dict.fromkeys(("questions", "plan"), "list"),
    **dict.fromkeys(("introduction", "results", "answer", "containment", "analysis"), "text"),
    **dict.fromkeys(("solution", "shipment", "status", "reminder_of", "next_step"), "text"),
}
LETTERS: Final = "ABCD"
_SHARES: Final = ("company", "customer", "other")
_PART: Final = 2**20


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. `kind`: line, text, list, date, options, shares or measures."""

    name: str
    kind: str
    needed: bool


def fields(needs: Iterable[str], optional: Iterable[str]) -> list[Field]:
    """The fields of a letter, those that it needs first."""
    every = [(name, True) for name in needs] + [(name, False) for name in optional]
    return [Field(name, _kind(name), needed) for name, needed in every]


def _kind(name: str) -> str:
    return _KINDS.get(name, "line")


# --- what was typed, as facts


def facts_of(visit: Visit) -> dict[str, Any]:
    """What was filled in; an empty field is a fact that is missing. BadInput: no number, no day."""
    facts: dict[str, Any] = {}
    for name in visit.form:
        key = name.removeprefix("fact.")
        value = visit.text(name)
        if key == name or not value:
            continue
        facts[key] = _lines(value) if _kind(key) == "list" else value
    options = [{"letter": one, "text": visit.text(f"option.{one}")} for one in LETTERS]
    if options := [one for one in options if one["text"]]:
        facts["options"] = options
    if measures := [_measure(line) for line in _lines(visit.text("measures"))]:
        facts["measures"] = measures
    shares = {who: visit.text(f"share.{who}") for who in _SHARES}
    if any(shares.values()):
        facts["cost_shares"] = {who: _percent(text) for who, text in shares.items()}
    return facts


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _measure(line: str) -> dict[str, str]:
    text, bar, day = line.rpartition("|")
    if not bar:
        raise BadInput(f"the measure {line!r} has no day", mend="write it as: what | 2026-11-30")
    return {"text": text.strip(), "done_on": day.strip()}


def _percent(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and int(text[:4]) <= 100):
        raise BadInput(f"{text!r} is no share in %", mend="write a number from 0 to 100")
    return int(text or 0)


# --- facts, as the form shows them


def typed_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form that say these facts."""
    typed: dict[str, str] = {}
    for name, value in facts.items():
        kind = _kind(name)
        if kind == "options":
            typed |= {f"option.{one['letter']}": one["text"] for one in value}
        elif kind == "measures":
            typed["measures"] = "\n".join(f"{one['text']} | {one['done_on']}" for one in value)
        elif kind == "shares":
            typed |= {f"share.{who}": str(value.get(who, "")) for who in _SHARES}
        else:
            typed[f"fact.{name}"] = "\n".join(value) if isinstance(value, list) else str(value)
    return typed


def typed_in(form: FormData) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


# --- files: a browser forgets them with every answer, so the form carries them along


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was given with the form; `parts` are how the form carries it."""

    name: str
    content_type: str
    data: bytes

    @property
    def parts(self) -> list[str]:
        """The file in pieces, for fields of a form have an upper size."""
        head = f"{quote(self.name, safe='')}:{quote(self.content_type, safe='')}"
        coded = base64.b64encode(self.data).decode()
        places = range(0, len(coded), _PART) if coded else (0,)
        return [f"{head}:{place // _PART}:{coded[place : place + _PART]}" for place in places]


def files_of(visit: Visit) -> list[Kept]:
    """The files that are still wanted, and those that were added. BadInput: what cannot leave."""
    wanted = {value for value in visit.form.getlist("keep") if isinstance(value, str)}
    before = [one for place, one in enumerate(_kept(visit.form)) if str(place) in wanted]
    new = visit.attachments("attachment")
    found = [*before, *(Kept(one.name, one.content_type, one.data) for one in new)]
    sendable(attachments(found), limit=visit.w.settings.desk.max_attachment_mb * 1024**2)
    return found


def attachments(files: Iterable[Kept]) -> tuple[Attachment, ...]:
    """The files as a letter carries them."""
    return tuple(Attachment(one.name, one.content_type, one.data) for one in files)


def _kept(form: FormData) -> list[Kept]:
    coded: list[tuple[str, str, str]] = []
    for part in form.getlist("kept"):
        name, kind, place, text = (*str(part).split(":", 3), "", "", "")[:4]
        if place == "0" or not coded:
            coded.append((unquote(name), unquote(kind), text))
        else:
            coded[-1] = (*coded[-1][:2], coded[-1][2] + text)
    try:
        return [Kept(n, k, base64.b64decode(text, validate=True)) for n, k, text in coded]
    except binascii.Error as error:
        raise BadInput("a file of the form was spoilt", mend="choose it again") from error
