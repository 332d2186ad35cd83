"""Kinds of values that a key can take: each says what it must be, in one sentence."""

from __future__ import annotations

import difflib
import ipaddress
import itertools
import re
import string
import urllib.parse
import zoneinfo
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

Security = Literal["tls", "starttls", "plain"]
Span = tuple[time, time]

# Letters go out in the name of these addresses: what a mail server would refuse is refused here.
_ADDRESS = re.compile(r"[^@\s<>()\[\]\\,;:\"]+@[\w-]+(\.[\w-]+)*")
_END_OF_DAY = time(0)  # as a closing; "24:00" in the file
_SPAN = re.compile(r"([0-9]{2}:[0-9]{2})\s*-\s*([0-9]{2}:[0-9]{2})")
# SQLAlchemy takes everything between the first ":" and "@" as the password, "/" included.
_URL_PASSWORD = re.compile(r"[^:/@]*:[^@]*@")


def one_line(value: str) -> str:
    """Text without control characters: names and addresses end up in mail headers."""
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _address(value: str) -> str:
    if not value.isprintable() or not _ADDRESS.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value.lower()


def _host(value: str) -> str:
    good = re.fullmatch(r"[\w.-]+", value) is not None
    if ":" in value:
        try:
            good = bool(ipaddress.IPv6Address(value))
        except ValueError:
            good = False
    if not good:
        raise ValueError("must be a host name or an IP address, without port")
    return value


def timezone_name(value: str) -> str:
    """An IANA time zone. A near name is suggested, as "Europe/Berln" is a typing mistake."""
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(value, zoneinfo.available_timezones(), 1)
        hint = f' (perhaps "{near[0]}")' if near else ""
        raise ValueError(f"must be a time zone of the IANA list{hint}") from None
    return value


def _numbers(value: str) -> str:
    """R-20: a number is never used twice, so year and sequence must both be in it, in full."""
    try:
        fields = [part[1:] for part in string.Formatter().parse(value) if part[1] is not None]
    except ValueError:
        fields = []
    if sorted(str(name) for name, _, _ in fields) != ["seq", "year"]:
        raise ValueError("must hold {year} once, {seq} once and no other field")
    # Padding with blanks, exponents and the like would make numbers that nobody can quote.
    if any(turn or not re.fullmatch(r"(0[1-9])?d?", spec or "") for _, spec, turn in fields):
        raise ValueError(
            "may give {year} and {seq} only a width with leading zeros, as in {seq:03}"
        )
    if re.search(r"[\s/]", value) or len(value.format(year=2026, seq=1)) > 40:
        raise ValueError("must make a number of at most 40 characters without blanks and slashes")
    return value


def _maybe_numbers(value: str) -> str:
    return _numbers(value) if value else value


def _folder(info: ValidationInfo) -> Path:
    context = info.context
    return Path(context["folder"]) if isinstance(context, Mapping) else Path()


def _path(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str | Path) and str(value):
        return _folder(info) / value
    return None if value == "" else value


def _needed_path(value: object, info: ValidationInfo) -> object:
    if value == "":
        raise ValueError("must not be empty")
    return _path(value, info)


def _database_url(value: str, info: ValidationInfo) -> str:
    scheme, _, rest = value.partition("://")
    if scheme == "sqlite" and rest.startswith("/"):
        if rest in ("/", "/:memory:") or rest.startswith("/?"):
            raise ValueError("must name a file after sqlite:///")
        return f"sqlite:///{_folder(info) / rest[1:]}"
    if scheme != "postgresql+psycopg":
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    asked = urllib.parse.parse_qs(rest.partition("?")[2])
    if _URL_PASSWORD.match(rest) or {"password", "sslpassword"} & asked.keys():
        raise ValueError("must not hold a password")
    try:
        port_is_a_number = urllib.parse.urlsplit(value).port != 0
    except ValueError:
        port_is_a_number = False
    if not port_is_a_number:
        raise ValueError("must be a URL with a port from 1 to 65535")
    return value


def first_start(value: str) -> str:
    """From which mail on a mailbox is read: now, all, since:DATE, or "" for not decided."""
    if value in ("", "now", "all"):
        return value
    kind, _, day = value.partition(":")
    try:
        good = kind == "since" and len(day) == len("2026-01-31") and bool(date.fromisoformat(day))
    except ValueError:
        good = False
    if not good:
        raise ValueError('must be "now", "all", "since:" and a day, or ""')
    return value


def spans(value: object) -> tuple[Span, ...]:
    """Working hours of a day: "08:00-12:00, 13:00-17:00" in order, none touching another (R-8)."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError("must be hours FROM-TO within one day")
    if not value.strip():
        return ()
    found = tuple(_span(part.strip()) for part in value.split(","))
    for (_, end), (start, _) in itertools.pairwise(found):
        if start < end or end == _END_OF_DAY:
            raise ValueError("must be hours in order, without overlap")
    return found


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text.removesuffix("24:00") + "00:00" * text.endswith("24:00"))
    try:
        # Without a match: text that is no time either.
        start, end = (time.fromisoformat(part) for part in (match.groups() if match else ("", "")))
    except ValueError:
        raise ValueError("must be hours FROM-TO within one day") from None
    if end <= start and end != _END_OF_DAY:
        raise ValueError("must be hours that end after they start")
    return start, end


def _some(value: tuple[object, ...]) -> tuple[object, ...]:
    # Not min_length: that counts the good entries only, and would tell a wrong one twice.
    if not value:
        raise ValueError("must have at least one entry")
    return value


def _pattern(value: str) -> str:
    try:
        found = re.compile(value)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from None
    if found.match(""):
        raise ValueError("must not match nothing at all")
    return value


def _different(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("must not name anything twice")
    return value


Line = Annotated[str, AfterValidator(one_line)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_host)]
TimeZone = Annotated[str, AfterValidator(timezone_name)]
Numbers = Annotated[str, AfterValidator(_numbers)]
MaybeNumbers = Annotated[str, AfterValidator(_maybe_numbers)]  # "" means none
MaybeLanguage = Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
# "" means none. A relative path is meant from the folder of the configuration file.
MaybePath = Annotated[Path | None, BeforeValidator(_path)]
NeededPath = Annotated[Path, BeforeValidator(_needed_path)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
EnvName = Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")]
Hours = Annotated[tuple[Span, ...], BeforeValidator(spans)]
FirstStart = Annotated[str, AfterValidator(first_start)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Different = AfterValidator(_different)
Some = AfterValidator(_some)
