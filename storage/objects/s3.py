"""Objects in a store that speaks S3, by obstore: PREFIX/aa/NAME.

A store answers a put only when the object is durable. What is read back is its size: the bytes are
proven by a checksum on their way, and by their name whenever they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cases.errors import NeedsMending, TryLater
from storage.objects.contract import PIECE, missing

_PROBE: Final = "amends.probe"
_RETRY: Final[Any] = {  # the service tries again itself, and says so
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {
        "base": 2,
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=1),
    },
}


@dataclass(frozen=True)
class S3Objects:
    """See storage.objects.contract.Objects. No `access_key`: the credentials of the machine."""

    bucket: str
    prefix: str
    region: str
    endpoint: str
    access_key: str
    secret: str = field(repr=False)
    _made: list[Any] = field(init=False, default_factory=list, repr=False, compare=False)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def put(self, name: str, data: bytes) -> None:
        """Store it; always anew, so that a damaged one is mended."""
        self._put(name, data, len(data))

    def adopt(self, name: str, file: Path) -> None:
        """Store a file in parts; it goes when all of it is there."""
        self._put(name, file, file.stat().st_size)
        with suppress(OSError):  # the spool is swept
            file.unlink()

    def get(self, name: str) -> bytes:
        """All bytes."""
        with self._reading(name):
            return bytes(self._store.get(_key(name)).bytes())

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes, in pieces."""
        with self._reading(name):
            for piece in self._store.get(_key(name)).stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def reach(self) -> None:
        """Ask for something that is not there."""
        with self._asking("reached"):
            try:
                self._store.head(_PROBE)
            except FileNotFoundError:
                return

    def probe(self) -> str:
        """Write, read, remove."""
        with self._asking("written and read"):
            self._store.put(_PROBE, b"amends")
            whole = bytes(self._store.get(_PROBE).bytes()) == b"amends"
            self._store.delete(_PROBE)
        if not whole:
            raise TryLater(f"the store {self} gives other bytes than it got")
        return f"{self} can be written and read"

    def _put(self, name: str, data: bytes | Path, size: int) -> None:
        with self._asking("written"):
            self._store.put(_key(name), data)
            kept = self._store.head(_key(name))["size"]
        if kept != size:
            raise TryLater(f"the store {self} kept {kept} of {size} bytes", mend=_MEND)

    @property
    def _store(self) -> Any:
        if not self._made:
            self._made.append(self._open())
        return self._made[0]

    def _open(self) -> Any:
        from obstore.store import S3Store

        options: dict[str, Any] = {"region": self.region, "checksum_algorithm": "sha256"}
        if self.endpoint:
            options["endpoint"] = self.endpoint
        if self.access_key:
            options |= {"access_key_id": self.access_key, "secret_access_key": self.secret}
        return S3Store(
            self.bucket,
            prefix=self.prefix or None,
            client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": True},
            retry_config=_RETRY,
            **options,
        )

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        with self._asking("read"):
            try:
                yield
            except FileNotFoundError as error:
                raise missing(name, self) from error

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            from obstore.exceptions import BaseError  # an extra
        except ImportError as error:
            raise NeedsMending(
                "evidence in a store needs the package obstore",
                mend="install it: pip install 'amends[s3]'",
            ) from error
        try:
            yield
        except (BaseError, OSError) as error:
            # Its words may be pages of the store's own XML.
            raise TryLater(
                f"the store {self} cannot be {what}: {type(error).__name__}", mend=_MEND
            ) from error


_MEND: Final = (
    "see evidence.url, evidence.endpoint, the rights of the key and the room; it is tried again"
)


def _key(name: str) -> str:
    return f"{name[:2]}/{name}"
