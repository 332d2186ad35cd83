"""The plain words of an answer, one file a language: `en.toml`, `de.toml`, `zh.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from cases.errors import BadInput

Meaning = Literal["approve", "reject", "choose"]

MEANINGS: tuple[Meaning, ...] = ("approve", "reject", "choose")
LANGUAGES = ("en", "de", "zh")
OPTION = "{option}"

# Trimmed from both ends. Left alone, so that it never acts: a question mark, quotation marks and
# brackets (somebody else's words), a dash or tilde (struck out), a colon (a form not filled in).
PUNCTUATION = " .,;!。、*_"
# Three dots are a doubt, not a full stop.
HESITATION = re.compile(r"\.\s*\.|。\s*。")


@dataclass(frozen=True)
class Words:
    """One list of one file: the phrases of a meaning, as `plain` makes them."""

    language: str
    meaning: Meaning
    phrases: frozenset[str]

    def fits(self, text: str, option: str = "") -> bool:
        """Tell whether a `plain` text is one of the phrases, for `option` where they have one."""
        if self.meaning != "choose":
            return text in self.phrases
        offered = plain(option)
        return offered != "" and any(
            text == phrase.replace(OPTION, offered) for phrase in self.phrases
        )


def plain(text: str) -> str:
    """Return a text without case, width, white space and full stops, which change no meaning."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Zero-width characters (Cf) are left over from HTML; nobody sees them.
    seen = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    spaced = " ".join(seen.split())
    return spaced if HESITATION.search(spaced) else spaced.strip(PUNCTUATION)


def words_in(files: Mapping[str, str]) -> tuple[Words, ...]:
    """Read the files (language -> TOML); BadInput if a phrase is empty, twice or without option."""
    told: dict[str, str] = {}
    lists = []
    for language, source in files.items():
        data = tomllib.loads(source)
        if set(data) != set(MEANINGS):
            raise BadInput(f"{language}.toml must have exactly the lists {', '.join(MEANINGS)}")
        for meaning in MEANINGS:
            place = f"{language}.toml, {meaning}"
            phrases = [_checked(phrase, meaning, place) for phrase in data[meaning]]
            for phrase in phrases:
                if phrase in told:
                    raise BadInput(f"{phrase!r} is in {told[phrase]} and in {place}")
                told[phrase] = place
            lists.append(Words(language, meaning, frozenset(phrases)))
    return tuple(lists)


def _checked(phrase: str, meaning: Meaning, place: str) -> str:
    made = plain(phrase)
    if not made or HESITATION.search(made) or (OPTION in made) != (meaning == "choose"):
        raise BadInput(
            f"{phrase!r} cannot be in {place}",
            mend=f"a phrase has letters, and {OPTION} in the list choose and only there",
        )
    return made


def _shipped() -> dict[str, str]:
    folder = resources.files(__package__)
    return {
        language: (folder / f"{language}.toml").read_text(encoding="utf-8")
        for language in LANGUAGES
    }


WORDS = words_in(_shipped())
