"""The letters' templates: all compiled at start, so that none fails at a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta

from cases.errors import AmendsError, BadInput, NotFound
from mailer import samples
from mailer.source import Asks, Event, Faulty, Front, Problem, read
from mailer.values import environment
from mailer.words import as_html, as_text, parse

NAMES = ("acknowledgment", "solution_proposal", "results", "closing", "registered_anew")
FALLBACK = "en"
# What a template may do wrong while it is rendered: Jinja2's own errors, and those of the
# expressions in it, such as a division or a wrong type.
RENDER_ERRORS = (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, BadInput)


class TemplateProblems(AmendsError):
    """Templates that would fail at a customer. Exit code 78 (EX_CONFIG)."""

    exit_code = 78

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Words:
    """A letter's words, in the language that was found for it."""

    name: str
    language: str
    subject: str
    text: str
    html: str
    asks: Asks | None
    stops: tuple[str, ...]
    event: Event | None


@dataclass(frozen=True)
class _Letter:
    file: Path
    front: Front
    source: str
    subject: Template
    body: Template


def product_folder() -> Path:
    """Return the folder with the product's own letters."""
    return Path(str(files("templates").joinpath("mail")))


class Templates:
    """The letters of some folders, each `<language>/<name>.md`; a later folder overrides, file
    by file. English always belongs to the `languages`, because the others fall back to it.

    `names` (default: the five letters of NAMES and whatever else lies in the folders) must
    exist in every language that has a folder at all.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        languages: Sequence[str],
        names: Sequence[str] | None = None,
    ) -> None:
        self._bodies, self._subjects = environment(markdown=True), environment(markdown=False)
        self._letters: dict[tuple[str, str], _Letter] = {}
        self._problems: list[Problem] = []
        self.languages = tuple(
            language
            for language in dict.fromkeys((FALLBACK, *languages))
            if language == FALLBACK or any((folder / language).is_dir() for folder in folders)
        )
        self.names = tuple(dict.fromkeys(names or (*NAMES, *self._found(folders))))
        for language in self.languages:
            for name in self.names:
                self._load(folders, language, name)

    def check(self) -> None:
        """Render every letter in every language with sample facts. Raises TemplateProblems."""
        problems = list(self._problems)
        for letter in self._letters.values():
            problems += dict.fromkeys(self._faults(letter))
        if problems:
            raise TemplateProblems(sorted(problems, key=lambda p: (str(p.file), p.line)))

    def render(self, name: str, language: str, facts: Mapping[str, object]) -> Words:
        """Return the words of letter `name`. Raises NotFound, or BadInput if a fact is missing."""
        found, letter = self._choose(name, language)
        missing = self.missing(name, facts)
        if missing:
            raise BadInput(f"the letter {name} needs {', '.join(missing)}", mend="give these facts")
        try:
            return _render(name, found, letter, facts)
        except RENDER_ERRORS as error:
            problem = _located(letter, error)
            raise BadInput(f"the letter {name} cannot be written: {problem}") from error

    def missing(self, name: str, facts: Mapping[str, object]) -> tuple[str, ...]:
        """Return the facts that a manager must still give. Raises NotFound."""
        return tuple(need for need in self.front(name).needs if _empty(facts.get(need)))

    def front(self, name: str, language: str = FALLBACK) -> Front:
        """Return what the letter is and does. Raises NotFound."""
        return self._choose(name, language)[1].front

    def _choose(self, name: str, language: str) -> tuple[str, _Letter]:
        for tongue in (language, language.partition("-")[0], FALLBACK):
            letter = self._letters.get((tongue, name))
            if letter:
                return tongue, letter
        raise NotFound(f"there is no letter {name}", mend=f"use one of {', '.join(self.names)}")

    def _found(self, folders: Sequence[Path]) -> Iterator[str]:
        for folder in folders:
            for language in self.languages:
                yield from sorted(file.stem for file in (folder / language).glob("*.md"))

    def _load(self, folders: Sequence[Path], language: str, name: str) -> None:
        places = [folder / language / f"{name}.md" for folder in reversed(folders)]
        file = next((place for place in places if place.is_file()), None)
        if file is None:
            mend = "write the file, or take the language out of the configuration"
            self._problems.append(Problem(places[0], 0, "the file is missing", mend))
            return
        try:
            front, source = read(file)
            self._letters[language, name] = _Letter(
                file,
                front,
                source,
                self._subjects.from_string(front.subject),
                self._bodies.from_string(source),
            )
        except Faulty as error:
            self._problems += error.problems
        except TemplateSyntaxError as error:
            reason, mend = f"syntax error: {error.message}", "correct the Jinja2 expression"
            self._problems.append(Problem(file, error.lineno, reason, mend))

    def _faults(self, letter: _Letter) -> Iterator[Problem]:
        front = letter.front
        known = {*samples.COMMON, *samples.OPTIONAL, *front.needs}
        used = set[str]()
        for source in (front.subject, letter.source):
            used |= meta.find_undeclared_variables(self._bodies.parse(source))
        for name in sorted(used - known):
            line = next(
                (n for n, text in enumerate(letter.source.splitlines(), 1) if name in text), 1
            )
            mend = f"use one of {', '.join(sorted(known))}, or add it to needs"
            yield Problem(letter.file, line, f"{name!r} is undefined", mend)
        for name in sorted(set(front.needs) - used):
            yield Problem(letter.file, 1, f"needs {name!r}, but never uses it", "correct the name")
        if used <= known:
            yield from _trial(letter)


def _trial(letter: _Letter) -> Iterator[Problem]:
    for facts in samples.variants(letter.front.needs):
        try:
            words = _render(letter.file.stem, FALLBACK, letter, facts)
        except RENDER_ERRORS as error:
            yield _located(letter, error)
            continue
        if not words.subject or not words.text.strip():
            yield Problem(letter.file, 0, "subject or body comes out empty", "write some words")


def _render(name: str, language: str, letter: _Letter, facts: Mapping[str, object]) -> Words:
    given = {**samples.OPTIONAL, **facts}
    subject = letter.subject.render(given).strip()
    tokens = parse(letter.body.render(given))
    return Words(
        name,
        language,
        subject,
        as_text(tokens),
        as_html(tokens, language=language, title=subject),
        letter.front.asks,
        letter.front.stops,
        letter.front.event,
    )


def _located(letter: _Letter, error: BaseException) -> Problem:
    """Return the problem with the template's line: Jinja2 puts it into the traceback."""
    line, step = 0, error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    mend = "correct the expression; mailer/samples.py lists the facts"
    return Problem(letter.file, line, str(error), mend)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], ())
