"""Whether a folder can be written, and how much room its disk has."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cases.errors import TryLater


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of a disk."""

    free: int
    total: int

    @property
    def percent(self) -> float:
        """Free space in percent."""
        return 100 * self.free / self.total if self.total else 100.0


def write_and_measure(folder: Path) -> Room:
    """Write a small file durably, take it away, and measure. Raises TryLater."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"amends")
            file.flush()
            os.fsync(file.fileno())
        return measure(folder)
    except OSError as error:
        raise TryLater(
            f"the folder {folder} cannot be written: {error.strerror}",
            mend="make room or give write permission",
        ) from error


def measure(folder: Path) -> Room:
    """The room of the disk on which a folder lies. Raises OSError."""
    disk = shutil.disk_usage(folder)
    return Room(disk.free, disk.total)
