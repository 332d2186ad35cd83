"""Statements that were compiled once in a process serve every database of the tests.

SQLAlchemy keeps them for each engine, and each shop opens two new engines: a tenth of the tests'
work was to compile the same statements again. They depend only on the kind of database.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from sqlalchemy import Engine, create_engine

from storage import database

_Key = tuple[Any, ...]  # SQLAlchemy's: the engine's dialect, the statement, and how it is used


class Compiled(MutableMapping[_Key, Any]):
    """As `compiled_cache` of SQLAlchemy wants it; every dialect of one name is the same."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Any] = {}

    def __getitem__(self, key: _Key) -> Any:
        return self._kept[_named(key)]

    def __setitem__(self, key: _Key, compiled: Any) -> None:
        self._kept[_named(key)] = compiled

    def __delitem__(self, key: _Key) -> None:
        del self._kept[_named(key)]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _named(key: _Key) -> _Key:
    dialect, *others = key
    return (dialect.name, *others)


_SHARED: Final = Compiled()


def _engine(url: Any, **options: Any) -> Engine:
    execution = {**options.pop("execution_options", {}), "compiled_cache": _SHARED}
    return create_engine(url, execution_options=execution, **options)


def install() -> None:
    """From now on, for every `Database`."""
    vars(database)["create_engine"] = _engine
