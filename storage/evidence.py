"""Evidence: the raw mail is the truth. Small ones are rows, larger ones objects named by sha256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from cases.errors import NotFound, Tampered, TryLater
from storage.tables import raws
from storage.upsert import insert_into

ROW_LIMIT: Final = 64 * 1024
PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a mail and their sha256 in hexadecimal."""

    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Big:
    """A mail that is a synced file in `Evidence.spool`; keeping it takes the file away."""

    sha256: str
    size: int
    path: Path


def raw(data: bytes) -> Raw:
    """Name bytes by their content."""
    return Raw(hashlib.sha256(data).hexdigest(), data)


class Evidence:
    """Raw mails in the database and in one folder that no other program writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def spool(self) -> Path:
        """Where big mails become whole: on the same disk, so that a rename is enough."""
        return self._folder / "spool"

    def sweep_spool(self, before: datetime) -> None:
        """Remove what writers that died left in the spool before that moment."""
        for half in self.spool.glob("*.spool"):
            try:
                if half.stat().st_mtime < before.timestamp():
                    half.unlink()
            except OSError:
                continue  # another one's, or gone: nothing depends on it

    def prepare(self, mails: Iterable[Raw | Big]) -> None:
        """Write the large ones, durable when this returns. Call before the transaction."""
        for mail in mails:
            try:
                if isinstance(mail, Big):
                    self._adopt(mail)
                elif len(mail.data) > ROW_LIMIT:
                    self._write(mail)
            except OSError as error:
                raise TryLater(
                    f"the evidence folder {self._folder} cannot be written: {error.strerror}",
                    mend="make room or give write permission; it is tried again",
                ) from error

    def keep(self, tx: Connection, mails: Iterable[Raw | Big], at: datetime) -> None:
        """Record the mails, once each. The large ones must be prepared."""
        rows = {
            mail.sha256: {
                "sha256": mail.sha256,
                "size": mail.size if isinstance(mail, Big) else len(mail.data),
                "data": (
                    mail.data if isinstance(mail, Raw) and len(mail.data) <= ROW_LIMIT else None
                ),
                "stored_at": at,
            }
            for mail in sorted(mails, key=lambda mail: mail.sha256)  # the same order everywhere
        }
        if rows:
            tx.execute(insert_into(tx, raws).on_conflict_do_nothing(), list(rows.values()))

    def bytes_of(self, connection: Connection, sha256: str) -> bytes:
        """Return the raw mail, proven by its name."""
        row = connection.execute(select(raws.c.data).where(raws.c.sha256 == sha256)).first()
        if row is None:
            raise NotFound(f"there is no evidence {sha256}")
        data: bytes = row.data if row.data is not None else self._read(sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _altered(sha256)
        return data

    def head_of(self, connection: Connection, sha256: str, most: int) -> bytes:
        """The first `most` bytes of a raw mail, the whole of it proven, without loading it."""
        row = connection.execute(select(raws.c.data).where(raws.c.sha256 == sha256)).first()
        if row is None or row.data is not None:
            return self.bytes_of(connection, sha256)[:most]
        proof, head = hashlib.sha256(), b""
        with self._readable(sha256), self._path(sha256).open("rb") as file:
            while piece := file.read(PIECE):
                proof.update(piece)
                head += piece[: max(0, most - len(head))]
        if proof.hexdigest() != sha256:
            raise _altered(sha256)
        return head

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _read(self, sha256: str) -> bytes:
        with self._readable(sha256):
            return self._path(sha256).read_bytes()

    @contextmanager
    def _readable(self, sha256: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise Tampered(
                f"the evidence {sha256} is missing in {self._folder}",
                mend="bring it back from the backup",
            ) from error
        except OSError as error:
            raise TryLater(
                f"the evidence {sha256} in {self._folder} cannot be read: {error.strerror}",
                mend="give read permission and see that the disk is well; it is tried again",
            ) from error

    def _adopt(self, mail: Big) -> None:
        path = self._path(mail.sha256)
        _make(path.parent)
        # Over one of this name as well: the bytes are the same, and a damaged one is mended.
        os.replace(mail.path, path)
        _sync(path.parent)

    def _write(self, mail: Raw) -> None:
        path = self._path(mail.sha256)
        _make(path.parent)
        if not _holds(path, mail.data):
            _replace(path, mail.data)
        # Also for a file that is there: who wrote it may have died before its name was durable.
        _sync(path.parent)


def _altered(sha256: str) -> Tampered:
    return Tampered(
        f"the evidence {sha256} has other bytes than its name says",
        mend="bring it back from the backup",
    )


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
