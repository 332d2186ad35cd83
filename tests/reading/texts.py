"""Texts, names, addresses and ids as the foreign corpora expect them; and our own set of charsets.

python -m tests.reading.texts [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.reading import foreign
from tests.reading.expected import FOLDER, scored
from tests.reading.score import Score

_TEXTS: Final = ("text", "new_text")


def scores(folder: Path = FOLDER) -> list[Score]:
    """Texts, and what the head says; the subjects have a measure of their own."""
    every = [one for one in foreign.every(folder) if one.field not in ("subject", "bounce")]
    texts = [one for one in every if one.field in _TEXTS]
    heads = [one for one in every if one.field not in _TEXTS]
    return [scored("texts", texts, folder), scored("heads", heads, folder)]


if __name__ == "__main__":
    for score in scores(Path(sys.argv[1]) if sys.argv[1:] else FOLDER):
        print(score, *score.misses, sep="\n  ")  # noqa: T201 - a tool by hand
