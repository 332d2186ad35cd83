"""The foreign mails of ../shared/corpora. They are hostile, and are read where they lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from intake.files import MailFile, mails_in

FOLDER: Final = Path(__file__).resolve().parents[3] / "shared" / "corpora"
# Bounces that their source keeps as text files; elsewhere .txt holds bodies without a head.
BOUNCES: Final = "flufl-bounce"


def corpus(folder: Path = FOLDER) -> list[MailFile]:
    """Every mail of the corpora, named by its path."""
    bounces = folder / BOUNCES
    texts = mails_in(bounces, (".txt",)) if bounces.is_dir() else []
    return [*mails_in(folder), *(replace(one, name=f"{BOUNCES}/{one.name}") for one in texts)]
