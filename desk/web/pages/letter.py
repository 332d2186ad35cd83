"""Writing a letter: template, language, what is missing, an exact preview, and out with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response

from cases.errors import BadInput, IllegalStep
from desk.web.pages import letter_form as form
from desk.web.pages.letter_form import Kept
from desk.web.pages.letter_start import hints, start
from desk.web.render import told
from desk.web.visit import Visit
from mailer.templates import BY_ITSELF
from service.writing import Written, write_letter
from storage import casefile, outbox, views

# The letter's own inline styles, inside a frame in which nothing can run.
_WITH_PREVIEW: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_DIGITS: Final = 19  # of an id: 63 bits


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form holds, and what is said beside it."""

    typed: Mapping[str, str]
    language: str
    files: Sequence[Kept] = ()
    refused: str = ""
    missing: tuple[str, ...] = field(default=())
    written: Written | None = None


def choose(visit: Visit) -> Response:
    """Which letter?"""
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
    templates = visit.w.letters_of(case.mailbox)
    names = [name for name in templates.names if _by_hand(name, templates.front(name))]
    return visit.page("letter_choose.html", case=case, names=names)


def _by_hand(name: str, front: Any) -> bool:
    if name in BY_ITSELF:
        return False
    return front.audience == "customer" and (not front.automatic or bool(front.needs))


def write(visit: Visit) -> Response:
    """The form, begun with what is known; `?again=LETTER`: with the words of that letter."""
    name, again = visit.path["template"], visit.request.query_params.get("again", "")
    language = visit.request.query_params.get("language", "")
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
        facts = start(name, views.case_show(connection, case))
        if again.isascii() and again.isdigit() and len(again) <= _DIGITS:
            before = outbox.letter(connection, int(again))
            if before.case_id == case.id and before.template == name:
                facts, language = dict(before.facts), before.language
    return _page(visit, Shown(form.typed_of(facts), language))


def preview_or_send(visit: Visit) -> Response:
    """Show exactly what would leave, or let it leave after the undo time."""
    number, template = visit.path["number"], visit.path["template"]
    typed, language = form.typed_in(visit.form), visit.text("language")
    facts: Mapping[str, Any] = {}
    files: list[Kept] = []
    send = visit.text("do") == "send"
    try:
        files = form.files_of(visit)
        facts = form.facts_of(visit)
        if lacking := _missing(visit, facts):
            said = "Something is missing: see the fields below."
            return _page(visit, Shown(typed, language, files, said, lacking), 409)
        written = write_letter(
            visit.w,
            number,
            template,
            facts,
            visit.user.name,
            send=send,
            language=language,
            attachments=form.attachments(files),
            undo=True,
        )
    except (BadInput, IllegalStep) as error:
        return _page(visit, Shown(typed, language, files, told(error)), 409)
    if send:
        return visit.go(f"/letter/{written.letter_id}", "queued")
    return _page(visit, Shown(typed, language, files, written=written))


def _missing(visit: Visit, facts: Mapping[str, Any]) -> tuple[str, ...]:
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
    return visit.w.letters_of(case.mailbox).missing(visit.path["template"], facts)


def _page(visit: Visit, shown: Shown, status: int = 200) -> Response:
    name = visit.path["template"]
    with visit.w.db.read() as connection:
        case = casefile.by_number(connection, visit.path["number"])
        everything = views.case_show(connection, case)
        unconfirmed = casefile.unconfirmed_line(connection, case.id)
    templates = visit.w.letters_of(case.mailbox)
    front = templates.front(name)
    answer = visit.page(
        "letter_write.html",
        status,
        case=case,
        contact=everything["contact"],
        template=name,
        fields=form.fields(front.needs, templates.optional(name)),
        typed=shown.typed,
        language=shown.language or case.language,
        languages=visit.w.settings.company.languages,
        refused=shown.refused,
        missing=shown.missing,
        written=shown.written,
        files=shown.files,
        letters_of_options=form.LETTERS,
        hints=hints(everything),
        unconfirmed=unconfirmed if front.event == "proposal_sent" else None,
        undo=visit.w.settings.outbox.undo_seconds,
    )
    if shown.written is not None:
        answer.headers["content-security-policy"] = _WITH_PREVIEW
    return answer
