"""An environment of its own for each peer, made at run time below build/: never ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_FOLDER: Final = ROOT / "build" / "peers"
_WANTED: Final = {
    "helpdesk": ("django-helpdesk==2.6.1", "Django>=5.2,<5.3"),
    "roundup": ("roundup==2.6.0",),
}


def python_of(peer: str) -> Path:
    """The interpreter of this peer's environment; installed from the package index once."""
    folder, wanted = _FOLDER / peer, _WANTED[peer]
    stamp, python = folder / "installed", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != " ".join(wanted):
        venv.create(folder, with_pip=True, clear=True)
        pip = (str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted)
        subprocess.run(pip, check=True, stdout=sys.stderr)
        stamp.write_text(" ".join(wanted))
    return python


def versions() -> dict[str, str]:
    """What is measured, as it was asked for."""
    return {peer: wanted[0] for peer, wanted in _WANTED.items()}
