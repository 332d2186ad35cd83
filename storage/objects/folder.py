"""Objects as files in one folder that no other program writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cases.errors import TryLater
from storage.objects.contract import PIECE, missing


class FolderObjects:
    """See storage.objects.contract.Objects: FOLDER/aa/NAME, fsynced before it has its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        """Write it, durable when this returns."""
        path = self._path(name)
        with self._writable():
            _make(path.parent)
            if not _holds(path, data):
                _replace(path, data)
            # Also for one that is there: who wrote it may have died before its name was durable.
            _sync(path.parent)

    def adopt(self, name: str, file: Path) -> None:
        """A synced file on the same disk gets its name."""
        path = self._path(name)
        with self._writable():
            _make(path.parent)
            # Over one of this name as well: the bytes are the same, and a damaged one is mended.
            os.replace(file, path)
            _sync(path.parent)

    def get(self, name: str) -> bytes:
        """All bytes."""
        with self._readable(name):
            return self._path(name).read_bytes()

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes, in pieces."""
        with self._readable(name), self._path(name).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def reach(self) -> None:
        """The folder is looked at by storage.room."""

    def probe(self) -> str:
        """The same."""
        return ""

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TryLater(
                f"the evidence folder {self._folder} cannot be written: {error.strerror}",
                mend="make room or give write permission; it is tried again",
            ) from error

    @contextmanager
    def _readable(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise missing(name, self._folder) from error
        except OSError as error:
            raise TryLater(
                f"the evidence {name} in {self._folder} cannot be read: {error.strerror}",
                mend="give read permission and see that the disk is well; it is tried again",
            ) from error


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, whoever else writes the same mail at the same moment."""
    descriptor, half = tempfile.mkstemp(".half", f"{path.name}.", path.parent)  # mode 0600
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(half, path)
    except OSError:
        os.unlink(half)  # a full disk must not fill with halves
        raise


def _make(folder: Path) -> None:
    """Make the folder and those above it, each durable in the one that holds it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
