"""What letters share, as greeting and sign-off: the files `_*.md` beside them.

A letter takes one in by `{% include "_greeting.md" %}`. It has no front matter, is compiled at
start like the letters, and a later folder overrides it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FunctionLoader, TemplateSyntaxError, meta
from jinja2.environment import TemplateModule

from mailer.source import FENCE, Faulty, Problem, lines_of
from mailer.values import environment


@dataclass(frozen=True)
class Source:
    """The file of a letter and those of its parts: the names of facts that each of them uses."""

    uses: dict[Path, frozenset[str]]
    broken: bool  # some part of it cannot be compiled

    @property
    def names(self) -> frozenset[str]:
        """All facts that the letter uses, its parts included."""
        return frozenset().union(*self.uses.values())


class Parts:
    """The parts of one language, and the two environments in which its letters are compiled."""

    def __init__(self, folders: Sequence[Path], language: str) -> None:
        self.problems: list[Problem] = []
        self._files = _found(folders, language)
        self._sources: dict[str, str] = {}
        loader = FunctionLoader(self._given)
        self.bodies = environment(markdown=True, language=language, loader=loader)
        self.subjects = environment(markdown=False, language=language, loader=loader)
        self._uses: dict[str, frozenset[str]] = {}
        for name, file in self._files.items():
            self._load(name, file)

    def is_file(self, filename: str) -> Path | None:
        """Return the part that Jinja2 names by `filename` in a traceback."""
        return next((file for file in self._files.values() if str(file) == filename), None)

    def module(self, name: str) -> TemplateModule:
        """Return a part with what it sets, as `_names.md` does."""
        return self.bodies.get_template(name).module

    def seen(self, file: Path, *sources: str) -> Source:
        """Return what the sources of one letter use, or raise Faulty for what they may not."""
        own, problems, broken = set[str](), list[Problem](), False
        uses: dict[Path, frozenset[str]] = {}
        for tree in map(self.bodies.parse, sources):
            own |= meta.find_undeclared_variables(tree)
            for name in meta.find_referenced_templates(tree):
                if name in self._uses:
                    uses[self._files[name]] = self._uses[name]
                elif name in self._files:
                    broken = True  # its own problem is told already
                else:
                    problems.append(_missing(file, name, sources, sorted(self._files)))
        if problems:
            raise Faulty(*problems)
        return Source({file: frozenset(own), **uses}, broken)

    def _given(self, name: str) -> tuple[str, str, None] | None:
        if name not in self._sources:
            return None
        return self._sources[name], str(self._files[name]), None

    def _load(self, name: str, file: Path) -> None:
        try:
            source = "\n".join(lines_of(file)) + "\n"
            if source.startswith(FENCE):
                mend = "take it out: only letters have one"
                raise Faulty(Problem(file, 1, "a part has no front matter", mend))
            self._sources[name] = source
            tree = self.bodies.parse(source)
            if any(True for _ in meta.find_referenced_templates(tree)):
                raise Faulty(Problem(file, 0, "a part takes in another", "write it out here"))
            self.bodies.get_template(name)
            self._uses[name] = frozenset(meta.find_undeclared_variables(tree))
        except Faulty as error:
            self.problems += error.problems
        except TemplateSyntaxError as error:
            self.problems.append(syntax_problem(file, error))


def syntax_problem(file: Path, error: TemplateSyntaxError) -> Problem:
    """Return the fault of a source that Jinja2 cannot read."""
    mend = "correct the Jinja2 expression"
    return Problem(file, error.lineno, f"syntax error: {error.message}", mend)


def _found(folders: Sequence[Path], language: str) -> dict[str, Path]:
    return {
        file.name: file for folder in folders for file in sorted((folder / language).glob("_*.md"))
    }


def _missing(file: Path, name: str | None, sources: Sequence[str], known: list[str]) -> Problem:
    if name is None:
        return Problem(file, 0, "takes in a part by a fact", "name the part in quotes")
    line = next(_lines_with(name, sources), 0)
    mend = f"use one of {', '.join(known)}, or write the file beside the letter"
    return Problem(file, line, f"there is no part {name}", mend)


def _lines_with(name: str, sources: Sequence[str]) -> Iterator[int]:
    for source in sources:
        yield from (n for n, text in enumerate(source.splitlines(), 1) if name in text)
