"""Pages from templates/desk: escaped by default, strict about names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_MINUTE: Final = timedelta(minutes=1)


def folder() -> Path:
    """Where the pages and their style lie."""
    return Path(str(files("templates").joinpath("desk")))


class Pages:
    """The pages of the desk."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder()),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            local=local, left=left, words=words, quote=lambda text: quote(str(text), safe="")
        )

    def render(self, template: str, facts: Mapping[str, Any]) -> str:
        """A page; a name that is missing is an error, not a blank."""
        return self._environment.get_template(template).render(facts)


def local(moment: str | datetime | None, zone: tzinfo) -> str:
    """A moment in the company's time zone."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def left(moment: str | datetime, now: datetime) -> str:
    """The time left until a moment, or how long it is past, in two units."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    gap = at.astimezone(UTC) - now
    late, gap = gap < timedelta(0), abs(gap)
    days, rest = divmod(gap, timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes = rest // _MINUTE
    said = (
        f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min"
    )
    return f"{said} late" if late else f"{said} left"


def words(name: str) -> str:
    """A name of the program as people read it."""
    return str(name).replace("_", " ")
