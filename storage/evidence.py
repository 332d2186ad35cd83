"""Evidence: the raw mail is the truth. Small ones are rows, larger ones objects named by sha256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from cases.errors import NotFound, Tampered, TryLater
from storage.tables import raws
from storage.upsert import insert_into

ROW_LIMIT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a mail and their sha256 in hexadecimal."""

    sha256: str
    data: bytes


def raw(data: bytes) -> Raw:
    """Name bytes by their content."""
    return Raw(hashlib.sha256(data).hexdigest(), data)


class Evidence:
    """Raw mails in the database and in one folder that no other program writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, mails: Iterable[Raw]) -> None:
        """Write the large ones, durable when this returns. Call before the transaction."""
        for mail in mails:
            if len(mail.data) > ROW_LIMIT:
                try:
                    self._write(mail)
                except OSError as error:
                    raise TryLater(
                        f"the evidence folder {self._folder} cannot be written: {error.strerror}",
                        mend="make room or give write permission; it is tried again",
                    ) from error

    def keep(self, tx: Connection, mails: Iterable[Raw], at: datetime) -> None:
        """Record the mails, once each. The large ones must be prepared."""
        rows = {
            mail.sha256: {
                "sha256": mail.sha256,
                "size": len(mail.data),
                "data": mail.data if len(mail.data) <= ROW_LIMIT else None,
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
            raise Tampered(
                f"the evidence {sha256} has other bytes than its name says",
                mend="bring it back from the backup",
            )
        return data

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _read(self, sha256: str) -> bytes:
        try:
            return self._path(sha256).read_bytes()
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

    def _write(self, mail: Raw) -> None:
        path = self._path(mail.sha256)
        _make(path.parent)
        if not _holds(path, mail.data):
            _replace(path, mail.data)
        # Also for a file that is there: who wrote it may have died before its name was durable.
        _sync(path.parent)


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
