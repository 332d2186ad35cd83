"""A big mail goes to a file in pieces and is hashed on its way: it is never whole in memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Spooled:
    """A whole mail in a file, synced to the disk. Whoever takes it renames or removes the file."""

    path: Path
    sha256: str
    size: int


@dataclass(slots=True)
class Sink:
    """Takes the pieces of one mail in order."""

    file: IO[bytes]
    path: Path
    size: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, piece: bytes) -> None:
        """The next piece."""
        self.file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    def done(self) -> Spooled:
        """All pieces were added."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return Spooled(self.path, self._hash.hexdigest(), self.size)


@contextmanager
def spooling(folder: Path) -> Iterator[Sink]:
    """A file for one mail; it is removed again when the mail does not become whole. OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(".spool", dir=folder)  # mode 0600
    try:
        with open(descriptor, "wb") as file:
            yield Sink(file, Path(name))
    except BaseException:
        Path(name).unlink(missing_ok=True)  # a full disk must not fill with halves
        raise
