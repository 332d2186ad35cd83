"""The versions of the schema. Alembic is loaded only where something has to change: with what it
brings it is 9 MiB, which a service that finds its schema in order would hold for ever."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, String, column, inspect, select, table

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_VERSION: Final = table("alembic_version", column("version_num", String))


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this version knows, in their order: the first word of a file's name."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def head() -> str:
    """The newest schema revision that this version knows."""
    return revisions()[-1]


def present(connection: Connection) -> str | None:
    """The revision of a database, or None when it has no schema yet."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def alembic_config() -> Config:
    """What alembic has to know; the connection goes into its attributes."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def bring_to_head(connection: Connection) -> None:
    """Run the migrations that are missing."""
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
