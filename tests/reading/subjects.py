"""Subjects as the foreign corpora expect them.

python -m tests.reading.subjects [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.reading import foreign
from tests.reading.expected import FOLDER, Expected, scored
from tests.reading.score import Score

_LEAST: Final = 1.0


def scores(folder: Path = FOLDER) -> list[Score]:
    """One measure: every subject that a source names."""
    return [scored("subjects", expectations(folder), folder, _LEAST)]


def expectations(folder: Path) -> Iterator[Expected]:
    """Of all sources."""
    yield from (one for one in foreign.every(folder) if one.field == "subject")


if __name__ == "__main__":
    for score in scores(Path(sys.argv[1]) if sys.argv[1:] else FOLDER):
        print(score, *score.misses, sep="\n  ")  # noqa: T201 - a tool by hand
