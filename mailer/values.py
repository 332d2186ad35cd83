"""How a fact gets into a letter: as plain words, never as markup (Markdown, HTML, template).

Facts come from customers and managers. A fact is escaped, so that what it says is what is read.
Only `{{ fact | markdown }}` keeps a manager's Markdown; it is parsed apart from the letter
(`splice` in words.py), so that an unclosed fence in it cannot swallow the sign-off.
"""

from __future__ import annotations

import re
import string
from typing import NoReturn

from jinja2 import BaseLoader, StrictUndefined, Undefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailer.days import written_day

PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
# The text of a manager on its way through the template: hex digits mean nothing in Markdown.
OPEN, CLOSE = "\ue000", "\ue001"
CARRIED = re.compile(f"{OPEN}([0-9a-f]*){CLOSE}")
# Bidirectional overrides turn what is read around (Trojan Source, CVE-2021-42574).
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ue000\ue001]")


class Markdown(str):
    """Text that a manager wrote as Markdown. Whatever is made of it is plain text again."""

    __slots__ = ()


def plain(value: object) -> str:
    """Return a fact as one line without controls, as a subject needs it."""
    return " ".join(_written(value).split())


def escaped(value: object) -> str:
    """Return a fact as Markdown that reads as the fact itself, its lines kept as lines."""
    if isinstance(value, Markdown):
        return OPEN + UNSEEN.sub("", value).encode("utf-8", "replace").hex() + CLOSE
    lines = (line.strip() for line in _written(value).splitlines())
    return "\\\n".join(PUNCTUATION.sub(r"\\\1", line) for line in lines if line)


def environment(
    *, markdown: bool, language: str = "en", loader: BaseLoader | None = None
) -> ImmutableSandboxedEnvironment:
    """Return the sandbox for bodies (`markdown`) or for subjects; `loader` knows their parts."""
    made = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=escaped if markdown else plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # else a part's last line would run into what follows it
        autoescape=False,  # HTML is made from Markdown later; `finalize` escapes
    )
    made.filters["markdown"] = Markdown
    made.filters["day"] = lambda value: written_day(value, language)
    return made


def _written(value: object) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises: a typo must not be a blank
    if value is None:
        _nothing()
    return UNSEEN.sub("", str(value).encode("utf-8", "replace").decode("utf-8"))


def _nothing() -> NoReturn:
    raise UndefinedError('a fact that is empty (None) would be written as "None"')
