"""The letters' templates: all compiled at start, so that none fails at a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Template, TemplateError, TemplateSyntaxError

from cases.errors import AmendsError, BadInput, NotFound
from mailer import clicks, samples
from mailer.clicks import ClickWords
from mailer.parts import Parts, Source, syntax_problem
from mailer.source import Asks, Audience, Event, Faulty, Front, Problem, read
from mailer.words import as_html, as_text, parse

CUSTOMER = (
    "acknowledgment",
    "information_request",
    "answer",
    "containment",
    "analysis",
    "solution_proposal",
    "solution_agreed",
    "status",
    "interim_notice",
    "reminder",
    "measures_confirmation",
    "shipped",
    "results",
    "closing",
    "registered_anew",
    "reopened",
    "withdrawn",
    "challenge",
)
BY_ITSELF = ("challenge",)  # whose facts only the service can give
INTERNAL = ("new_case", "measure", "warning", "escalation", "digest", "objection")
NAMES = (*CUSTOMER, *INTERNAL)
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
    audience: Audience


@dataclass(frozen=True)
class _Letter:
    file: Path
    front: Front
    source: str
    subject: Template
    body: Template
    parts: Parts
    seen: Source

    @property
    def is_internal(self) -> bool:
        return self.front.audience == "internal"

    def samples(self) -> Iterator[tuple[str, samples.Facts]]:
        """Yield sample facts for each branch of this letter."""
        front = self.front
        return samples.variants(front.needs, self.seen.names, internal=self.is_internal)


def product_folder() -> Path:
    """Return the folder with the product's own letters."""
    return Path(str(files("templates").joinpath("mail")))


class Templates:
    """The letters of some folders, each `<language>/<name>.md`; a later folder overrides, file
    by file. English always belongs to the `languages`, because the others fall back to it.

    `names` (default: the letters of NAMES and whatever else lies in the folders) must
    exist in every language that has a folder at all.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        languages: Sequence[str],
        names: Sequence[str] | None = None,
    ) -> None:
        self._letters: dict[tuple[str, str], _Letter] = {}
        self._problems: list[Problem] = []
        self._clicks: dict[str, ClickWords] = {}
        self.languages = tuple(
            language
            for language in dict.fromkeys((FALLBACK, *languages))
            if language == FALLBACK or any((folder / language).is_dir() for folder in folders)
        )
        self.names = tuple(dict.fromkeys(names or (*NAMES, *self._found(folders))))
        for language in self.languages:
            parts = Parts(folders, language)
            self._problems += parts.problems
            words, problems = clicks.read(folders, language)
            self._problems += problems
            if words:
                self._clicks[language] = words
            for name in self.names:
                self._load(folders, language, name, parts)

    def check(self) -> None:
        """Render every letter in every language with sample facts. Raises TemplateProblems."""
        problems = list(self._problems)
        for letter in self._letters.values():
            problems += _faults(letter)
        problems += self._of_two_audiences()
        if problems:
            told = dict.fromkeys(problems)  # one fault of a part is met in many letters
            raise TemplateProblems(sorted(told, key=lambda p: (str(p.file), p.line)))

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

    def optional(self, name: str) -> tuple[str, ...]:
        """Return the facts that a manager may give besides what is needed. Raises NotFound."""
        letter = self._choose(name, FALLBACK)[1]
        own = letter.seen.names - set(letter.front.needs)
        return tuple(sorted(own & set(samples.OPTIONAL) - set(samples.BY_SERVICE)))

    def front(self, name: str, language: str = FALLBACK) -> Front:
        """Return what the letter is and does. Raises NotFound."""
        return self._choose(name, language)[1].front

    def clicks(self, language: str) -> ClickWords | None:
        """Return the words of one-click answers; None: a check would have told why."""
        return self._clicks.get(language) or self._clicks.get(FALLBACK)

    def every_click(self) -> tuple[ClickWords, ...]:
        """Return the words of one-click answers in all languages."""
        return tuple(self._clicks.values())

    def samples(self, name: str, language: str) -> Iterator[tuple[str, samples.Facts]]:
        """Yield named sample facts, the fullest first, for each branch. Raises NotFound."""
        return self._choose(name, language)[1].samples()

    def _choose(self, name: str, language: str) -> tuple[str, _Letter]:
        for tongue in (language, language.partition("-")[0], FALLBACK):
            letter = self._letters.get((tongue, name))
            if letter:
                return tongue, letter
        raise NotFound(f"there is no letter {name}", mend=f"use one of {', '.join(self.names)}")

    def _found(self, folders: Sequence[Path]) -> Iterator[str]:
        for folder in folders:
            for language in self.languages:
                files = sorted((folder / language).glob("*.md"))
                yield from (file.stem for file in files if not file.stem.startswith("_"))

    def _load(self, folders: Sequence[Path], language: str, name: str, parts: Parts) -> None:
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
                parts.subjects.from_string(front.subject),
                parts.bodies.from_string(source),
                parts,
                parts.seen(file, front.subject, source),
            )
        except Faulty as error:
            self._problems += error.problems
        except TemplateSyntaxError as error:
            self._problems.append(syntax_problem(file, error))

    def _of_two_audiences(self) -> Iterator[Problem]:
        """An override that forgets its audience must not turn an internal letter around."""
        for (_, name), letter in self._letters.items():
            english = self._letters.get((FALLBACK, name))
            if english and english.front.audience != letter.front.audience:
                reason = f"audience is {letter.front.audience}, but in {FALLBACK} it is not"
                yield Problem(letter.file, 1, reason, "give all languages the same audience")


def _faults(letter: _Letter) -> Iterator[Problem]:
    if letter.seen.broken:
        return  # the part's own fault is told
    front = letter.front
    known = {*samples.COMMON, *samples.OPTIONAL, *front.needs}
    known |= set(samples.INTERNAL) if letter.is_internal else set()
    used = letter.seen.names
    for file, names in letter.seen.uses.items():
        source = letter.source if file == letter.file else file.read_text(encoding="utf-8-sig")
        for name in sorted(names - known):
            line = next((n for n, text in enumerate(source.splitlines(), 1) if name in text), 1)
            mend = f"use one of {', '.join(sorted(known))}, or add it to needs"
            mend = mend if file == letter.file else "use a fact of all letters that take this in"
            yield Problem(file, line, f"{name!r} is undefined", mend)
    for name in sorted(set(front.needs) - used):
        yield Problem(letter.file, 1, f"needs {name!r}, but never uses it", "correct the name")
    if used <= known:
        yield from _trial(letter)


def _trial(letter: _Letter) -> Iterator[Problem]:
    for _, facts in letter.samples():
        try:
            words = _render(letter.file.stem, FALLBACK, letter, facts)
        except RENDER_ERRORS as error:
            yield _located(letter, error)
            continue
        if not words.subject or not words.text.strip():
            yield Problem(letter.file, 0, "subject or body comes out empty", "write some words")


def _render(name: str, language: str, letter: _Letter, facts: Mapping[str, object]) -> Words:
    given = samples.filled(facts, internal=letter.is_internal)
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
        letter.front.audience,
    )


def _located(letter: _Letter, error: BaseException) -> Problem:
    """Return the problem with the template's line: Jinja2 puts it into the traceback."""
    file, line, step = letter.file, 0, error.__traceback__
    while step:
        name = step.tb_frame.f_code.co_filename
        part = letter.parts.is_file(name)
        if part or name == "<template>":
            file, line = part or letter.file, step.tb_lineno
        step = step.tb_next
    mend = "correct the expression; mailer/samples.py lists the facts"
    return Problem(file, line, str(error), mend)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], ())
