"""The letters of the company and of its mailboxes, compiled when they are first needed."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from mailer.templates import Templates, product_folder


class Letters:
    """The product's letters, with the company's own over them, and a mailbox's own over those."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._compiled: dict[Path | None, Templates] = {}

    def of(self, own: Path | None) -> Templates:
        """The letters with those of the folder `own` (a mailbox's) over the company's."""
        if own not in self._compiled:
            company = self._settings.company
            folders = (product_folder(), *(one for one in (company.templates, own) if one))
            templates = Templates(folders, company.languages)
            templates.check()
            self._compiled[own] = templates
        return self._compiled[own]

    def check(self) -> None:
        """Compile all there are and render each with sample facts. Raises TemplateProblems."""
        for own in {None, *(box.templates for box in self._settings.mailbox)}:
            self.of(own)


def letters(settings: Settings) -> Letters:
    """The letters of an installation."""
    return Letters(settings)
