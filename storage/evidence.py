"""Evidence: the raw mail is the truth. Small ones are rows, larger ones objects named by sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from cases.errors import NotFound, Tampered
from storage.database import Database
from storage.objects.contract import Objects
from storage.objects.folder import FolderObjects
from storage.tables import raws
from storage.upsert import insert_into

ROW_LIMIT: Final = 64 * 1024


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
    """Raw mails in the database, and the large ones in `objects`: without another place, in
    `folder`. Big mails become whole in a spool below the folder in any case."""

    def __init__(self, folder: Path, objects: Objects | None = None) -> None:
        self._folder = folder
        self.objects: Objects = objects or FolderObjects(folder)

    @property
    def spool(self) -> Path:
        """Where big mails become whole: on the disk of the folder, so that a rename is enough."""
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
            if isinstance(mail, Big):
                self.objects.adopt(mail.sha256, mail.path)
            elif len(mail.data) > ROW_LIMIT:
                self.objects.put(mail.sha256, mail.data)

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

    def read(self, db: Database, sha256: str) -> bytes:
        """Return the raw mail, proven by its name. No transaction waits for a slow store."""
        with db.read() as connection:
            data = _row(connection, sha256)
        return self._proven(data, sha256)

    def read_head(self, db: Database, sha256: str, most: int) -> bytes:
        """The first `most` bytes of a raw mail, the whole of it proven, without loading it."""
        with db.read() as connection:
            data = _row(connection, sha256)
        return self._head(data, sha256, most)

    def read_rows(self, db: Database, sha256s: Sequence[str]) -> dict[str, bytes]:
        """The raw mails that are rows, proven; who is missing here is for `read` to tell of."""
        with db.read() as connection:
            found = connection.execute(
                select(raws.c.sha256, raws.c.data).where(
                    raws.c.sha256.in_(sha256s), raws.c.data.is_not(None)
                )
            ).all()
        return {name: data for name, data in found if hashlib.sha256(data).hexdigest() == name}

    def bytes_of(self, connection: Connection, sha256: str) -> bytes:
        """As `read`, where there is a connection."""
        return self._proven(_row(connection, sha256), sha256)

    def head_of(self, connection: Connection, sha256: str, most: int) -> bytes:
        """As `read_head`, where there is a connection."""
        return self._head(_row(connection, sha256), sha256, most)

    def _proven(self, data: bytes | None, sha256: str) -> bytes:
        data = self.objects.get(sha256) if data is None else data
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _altered(sha256)
        return data

    def _head(self, data: bytes | None, sha256: str, most: int) -> bytes:
        if data is not None:
            return self._proven(data, sha256)[:most]
        proof, head = hashlib.sha256(), b""
        for piece in self.objects.pieces(sha256):
            proof.update(piece)
            head += piece[: max(0, most - len(head))]
        if proof.hexdigest() != sha256:
            raise _altered(sha256)
        return head


def _row(connection: Connection, sha256: str) -> bytes | None:
    """The bytes of a small one; None: they are an object."""
    row = connection.execute(select(raws.c.data).where(raws.c.sha256 == sha256)).first()
    if row is None:
        raise NotFound(f"there is no evidence {sha256}")
    return None if row.data is None else bytes(row.data)


def _altered(sha256: str) -> Tampered:
    return Tampered(
        f"the evidence {sha256} has other bytes than its name says",
        mend="bring it back from the backup",
    )
