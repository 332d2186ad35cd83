"""What evidence asks of the place of its large objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from cases.errors import Tampered

PIECE: Final = 1024 * 1024


class Objects(Protocol):
    """Objects named by the sha256 of their bytes. Thread safe. TryLater: the place is full, away
    or closed, and nothing is half-done."""

    def put(self, name: str, data: bytes) -> None:
        """Keep it: durable when this returns, and mended where it was damaged."""
        ...

    def adopt(self, name: str, file: Path) -> None:
        """Keep a synced file of the spool, and take it away from there."""
        ...

    def get(self, name: str) -> bytes:
        """All bytes, as they are there. Tampered: it is missing."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same in pieces, for an object that should not be whole in memory."""
        ...

    def reach(self) -> None:
        """See that the place answers; cheap enough for every sweep."""
        ...

    def probe(self) -> str:
        """Write, read and remove a probe; return what was tried, "" for nothing."""
        ...


def missing(name: str, where: object) -> Tampered:
    """It should be there."""
    return Tampered(
        f"the evidence {name} is missing in {where}", mend="bring it back from the backup"
    )
