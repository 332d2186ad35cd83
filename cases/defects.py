"""What is complained of, in any language: "Gewinde zu groß" and "螺纹偏大" are one (R-30).

The words are data (`defects.toml`). A text names features (where on the part) and faults (what is
wrong there); two complaints of the same fault at the same feature may be one problem.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from cases.likeness import plain

_CJK_FIRST: Final = "぀"
_STEM: Final = 4  # a shorter word begins too many others: it stands for itself


@dataclass(frozen=True, slots=True)
class Defect:
    """What was understood; empty where nothing was."""

    features: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()


def defect_of(text: str) -> Defect:
    """The features and faults that a text names."""
    said = plain(text)
    return Defect(*(_named(said, part) for part in _shapes()))


def _named(said: str, shapes: Mapping[str, re.Pattern[str]]) -> frozenset[str]:
    return frozenset(name for name, shape in shapes.items() if shape.search(said))


@lru_cache(maxsize=1)
def _shapes() -> tuple[Mapping[str, re.Pattern[str]], Mapping[str, re.Pattern[str]]]:
    data = tomllib.loads(resources.files("cases").joinpath("defects.toml").read_text("utf-8"))
    features, faults = (
        {name: _shape(words) for name, words in data[part].items()} for part in ("feature", "fault")
    )
    return features, faults


def _shape(words: Sequence[str]) -> re.Pattern[str]:
    """A word begins here, or anywhere for "*word" and for scripts without spaces."""
    return re.compile("|".join(_one(word) for word in words))


def _one(word: str) -> str:
    anywhere = word.startswith("*") or word >= _CJK_FIRST
    sought = re.escape(plain(word.removeprefix("*")).rstrip())
    end = r"\b" if word.endswith(" ") or (not anywhere and len(sought) < _STEM) else ""
    return f"{sought}{end}" if anywhere else rf"\b{sought}{end}"
