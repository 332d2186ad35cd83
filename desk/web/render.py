"""Pages from templates/desk: escaped by default, strict about names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cases.errors import AmendsError

_MINUTE: Final = timedelta(minutes=1)
_GIST: Final = 160
_SALUTATION: Final = re.compile(
    r"(?:dear|hello|hi|good (?:morning|day|afternoon)|sehr geehrte|guten (?:tag|morgen)|hallo"
    r"|liebe)\b.{0,80}$|(?:尊敬的|您好|你好|亲爱的).{0,40}$",
    re.IGNORECASE,
)
_COMMAND: Final = re.compile(r"\bamends \w|(?:^|\s)--\w")


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
            local=local,
            left=left,
            ago=ago,
            words=words,
            size=size,
            gist=gist,
            quote=lambda text: quote(str(text), safe=""),
        )
        self._environment.tests["command"] = is_command

    def render(self, template: str, facts: Mapping[str, Any]) -> str:
        """A page; a name that is missing is an error, not a blank."""
        return self._environment.get_template(template).render(facts)


def local(moment: str | datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """A moment in the company's time zone."""
    if not moment:
        return ""
    return f"{_at(moment).astimezone(zone):{'%H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def left(moment: str | datetime, now: datetime) -> str:
    """The time left until a moment, or how long it is past, in two units."""
    gap = _at(moment) - now
    return f"{_span(-gap)} late" if gap < timedelta(0) else f"{_span(gap)} left"


def ago(moment: str | datetime, now: datetime) -> str:
    """How long a moment is past or ahead, in one unit."""
    gap = now - _at(moment)
    if abs(gap) < _MINUTE:
        return "just now" if gap >= timedelta(0) else "in a moment"
    said = _span(abs(gap)).split()
    return f"{said[0]} {said[1]} ago" if gap > timedelta(0) else f"in {said[0]} {said[1]}"


def _at(moment: str | datetime) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


def _span(gap: timedelta) -> str:
    days, rest = divmod(gap, timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes = rest // _MINUTE
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def words(name: str) -> str:
    """A name of the program as people read it."""
    return str(name).replace("_", " ")


def size(octets: int) -> str:
    """How large a file is."""
    if octets < 1024:
        return f"{octets} bytes"
    return f"{octets / 1024:.0f} KiB" if octets < 1024**2 else f"{octets / 1024**2:.1f} MiB"


def gist(text: str) -> str:
    """The first line that says something: not the salutation."""
    told = [line.strip() for line in text.splitlines() if line.strip()]
    first = next((line for line in told[:-1] if not _SALUTATION.match(line)), "")
    return (first or (told[-1] if told else ""))[:_GIST]


def is_command(mend: str) -> bool:
    """Whether a mend is for those who type commands: a page shows its own way out."""
    return bool(_COMMAND.search(mend))


def told(error: AmendsError) -> str:
    """What was refused, in a sentence for a page, with what helps if it helps in the desk."""
    first = f"{error.what[:1].upper()}{error.what[1:]}."
    helps = error.mend and not is_command(error.mend)
    return f"{first} What helps: {error.mend}." if helps else first
