"""Writing a letter: template, language, what is missing, an exact preview, and out with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from cases.errors import BadInput
from desk.web.visit import Visit
from mailer.compose import Attachment
from service.writing import Written, write_letter
from storage import casefile

# How a fact that a letter needs is asked for; others are a line of text.
_LONG: Final = frozenset(
    {
        "introduction",
        "results",
        "answer",
        "containment",
        "analysis",
        "solution",
        "shipment",
        "status",
        "reminder_of",
    }
)
_LISTS: Final = frozenset({"questions", "plan"})
_LETTERS: Final = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. `kind`: line, text, list, options, shares or measures."""

    name: str
    kind: str
    needed: bool


def choose(visit: Visit) -> Response:
    """Which letter?"""
    templates = visit.w.letters_of(_mailbox(visit))
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
    names = [name for name in templates.names if _by_hand(templates.front(name))]
    return visit.page("letter_choose.html", case=case, names=names)


def _by_hand(front: Any) -> bool:
    return front.audience == "customer" and (not front.automatic or bool(front.needs))


def _mailbox(visit: Visit) -> str:
    with visit.w.db.read() as connection:
        return casefile.by_number(connection, visit.path["number"]).mailbox


def write(visit: Visit) -> Response:
    """The form."""
    return _form(visit, {}, visit.request.query_params.get("language", ""))


def preview_or_send(visit: Visit) -> Response:
    """Show exactly what would leave, or let it leave after the undo time."""
    number, template = visit.path["number"], visit.path["template"]
    facts = _facts(visit)
    language = visit.text("language")
    try:
        send = visit.text("do") == "send"
        written = write_letter(
            visit.w,
            number,
            template,
            facts,
            visit.user.name,
            send=send,
            language=language,
            attachments=_attachments(visit),
            undo=True,
        )
    except BadInput as error:
        return _form(visit, facts, language, refused=str(error), status=409)
    if send:
        return visit.go(f"/letter/{written.letter_id}", "queued")
    return _form(visit, facts, language, written=written)


def _form(
    visit: Visit,
    facts: Mapping[str, Any],
    language: str,
    *,
    refused: str = "",
    written: Written | None = None,
    status: int = 200,
) -> Response:
    name = visit.path["template"]
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
    templates = visit.w.letters_of(case.mailbox)
    fields = _fields(templates.front(name).needs, templates.optional(name))
    answer = visit.page(
        "letter_write.html",
        status,
        case=case,
        template=name,
        fields=fields,
        facts=facts,
        form=visit.form,
        language=language or case.language,
        languages=visit.w.settings.company.languages,
        refused=refused,
        written=written,
        letters=_LETTERS,
    )
    if written is not None:
        # The letter's own inline styles, inside a frame in which nothing can run.
        policy = (
            "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        answer.headers["content-security-policy"] = policy
    return answer


def _fields(needs: tuple[str, ...], optional: tuple[str, ...]) -> list[Field]:
    every = [(name, True) for name in needs] + [(name, False) for name in optional]
    return [Field(name, _kind(name), needed) for name, needed in every]


def _kind(name: str) -> str:
    special = {"options": "options", "measures": "measures", "cost_shares": "shares"}
    if name in special:
        return special[name]
    return "text" if name in _LONG else "list" if name in _LISTS else "line"


def _facts(visit: Visit) -> dict[str, Any]:
    """What was filled in; an empty field is a fact that is missing."""
    facts: dict[str, Any] = {}
    for name in visit.form:
        if not name.startswith("fact."):
            continue
        key = name.removeprefix("fact.")
        value = visit.text(name)
        if _kind(key) == "list":
            facts[key] = [line.strip() for line in value.splitlines() if line.strip()]
        elif _kind(key) in ("line", "text") and value:
            facts[key] = value
    options = [
        {"letter": letter, "text": visit.text(f"option.{letter}")}
        for letter in _LETTERS
        if visit.text(f"option.{letter}")
    ]
    if options:
        facts["options"] = options
    measures = [line.partition("|") for line in visit.text("measures").splitlines() if line.strip()]
    if measures:
        facts["measures"] = [{"text": a.strip(), "done_on": b.strip()} for a, _, b in measures]
    shares = {who: visit.text(f"share.{who}") for who in ("company", "customer", "other")}
    if any(shares.values()):
        facts["cost_shares"] = {who: _percent(text) for who, text in shares.items()}
    return facts


def _percent(text: str) -> int:
    try:
        return int(text or 0)
    except ValueError as error:
        raise BadInput(f"{text!r} is no share in %", mend="write a number from 0 to 100") from error


def _attachments(visit: Visit) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            one.filename or "file", one.content_type or "application/octet-stream", one.file.read()
        )
        for one in visit.files("attachment")
    )
