"""Secrets: read from a file or the environment, shown to nobody."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn

from config.errors import ConfigError
from config.settings import Settings

_MOST_BYTES = 65536


class Secret:
    """A text that is only given out by reveal(): its repr and str are `***`."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself; for the log-in, and nothing else."""
        return self.__text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True)
class Secrets:
    """Every secret of the configuration; None where no log-in was asked for."""

    database: Secret | None = None
    mailboxes: Mapping[str, Secret] = field(default_factory=dict)
    smtp: Secret | None = None
    alarm: Secret | None = None
    log_ins: Mapping[str, Secret] = field(default_factory=dict)
    evidence: Secret | None = None


class Source(NamedTuple):
    """Where the secret of one table is: `where` is the table ("mailbox[0]"), `keys` the first
    part of its two keys ("password" for password_file and password_env)."""

    where: str
    name: str
    file: Path | None
    env: str
    keys: str = "password"


def read_secret(
    file: Path | str | None,
    env: str,
    environ: Mapping[str, str],
    what: str,
    keys: str = "password",
) -> Secret:
    """The secret of table `what`. ConfigError: it is not there, empty, or others can read it.

    Neither the path nor the name of the variable is told: somebody may have written the
    password itself there.
    """
    where = f"{what}.{keys}"
    return Secret(
        _from_file(Path(file), where, keys) if file else _from_environment(env, environ, where)
    )


def _from_environment(env: str, environ: Mapping[str, str], where: str) -> str:
    text = environ.get(env, "").rstrip("\r\n")
    if not text:
        _fail(
            f"{where}_env must name an environment variable that is set and not empty; "
            "set the variable where the service is started, or write the right name"
        )
    return text


def _from_file(file: Path, where: str, keys: str) -> str:
    data, problem = read_private(file)
    try:
        text = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not problem and not text:
        problem = (
            f"must name a file that holds the {keys} as UTF-8 text; "
            f"write the {keys} and nothing else into that file"
        )
    if problem:
        _fail(f"{where}_file {problem}")
    return text


def read_private(file: Path) -> tuple[bytes, str]:
    """What the file holds, or the problem with it. Returned, as an OSError quotes the path."""
    try:
        # Not blocking: a named pipe without a writer would stop the start for ever.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        return b"", f"must name a file that can be read ({why}); write the path of that file"
    try:
        status = os.fstat(handle)  # of the open file: it cannot be exchanged in between
        if not stat.S_ISREG(status.st_mode):
            return b"", "must name a file, not a folder or device; write the path of that file"
        if status.st_mode & (0o007 if _is_credential(file) else 0o077):
            return b"", (
                "must name a file that only its owner can read; run chmod 600 on that file"
            )
        return (os.read(handle, status.st_size) if status.st_size <= _MOST_BYTES else b""), ""
    finally:
        os.close(handle)


def _is_credential(file: Path) -> bool:
    """Whether systemd gave it to this service alone (LoadCredential). It does so by an ACL, whose
    mask stands where the rights of the group are: the mode reads 0440 though no group may read."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and file.parent == Path(str(folder))


def _fail(problem: str) -> NoReturn:
    raise ConfigError([problem])


def secrets_of(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """Every secret that the settings name. ConfigError with all that are missing."""
    found: dict[str, dict[str, Secret]] = {
        table: {} for table in ("database", "mailbox", "smtp", "alarm", "log_in", "evidence")
    }
    problems: list[str] = []
    for source in sources(settings.model_dump(), Path()):
        try:
            secret = read_secret(source.file, source.env, environ, source.where, source.keys)
        except ConfigError as error:
            problems += error.problems
        else:
            found[re.split(r"[.[]", source.where)[0]][source.name] = secret
    if problems:
        raise ConfigError(problems)
    database, smtp, alarm = (found[table].get("") for table in ("database", "smtp", "alarm"))
    store = found["evidence"].get("")
    return Secrets(database, found["mailbox"], smtp, alarm, found["log_in"], store)


def sources(tables: Mapping[str, object], folder: Path) -> Iterator[Source]:
    """Where the secrets are, by the tables as read or as checked; wrong values are passed over."""
    named: list[tuple[str, object]] = [("database", tables.get("database"))]
    boxes = tables.get("mailbox")
    if isinstance(boxes, list | tuple):
        named += [(f"mailbox[{at}]", box) for at, box in enumerate(boxes)]
    for where, table in [*named, *((name, tables.get(name)) for name in ("smtp", "alarm"))]:
        if isinstance(table, Mapping):
            name = table.get("name")
            yield from _source(where, name if isinstance(name, str) else "", table, folder)
    store = tables.get("evidence")
    if isinstance(store, Mapping):
        yield from _source("evidence", "", store, folder, "secret")
    for name, table in used_log_ins(tables).items():
        yield from _source(f"log_in.{name}", name, table, folder, "secret")


def used_log_ins(tables: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """The tables [log_in.NAME] that a mailbox or a server names; of others no secret is asked."""
    boxes, every = tables.get("mailbox"), tables.get("log_in")
    servers = [*(boxes if isinstance(boxes, list | tuple) else ())]
    servers += [tables.get(name) for name in ("smtp", "alarm")]
    wanted = {one.get("log_in") for one in servers if isinstance(one, Mapping)}
    named = every.items() if isinstance(every, Mapping) else ()
    return {name: one for name, one in named if name in wanted and isinstance(one, Mapping)}


def _source(
    where: str, name: str, table: Mapping[str, object], folder: Path, keys: str = "password"
) -> Iterator[Source]:
    file, env = table.get(f"{keys}_file"), table.get(f"{keys}_env")
    path = folder / file if isinstance(file, str | Path) and str(file) else None
    variable = env if isinstance(env, str) else ""
    if bool(path) != bool(variable):  # both or none is another problem, told elsewhere
        yield Source(where, name, path, variable, keys)
