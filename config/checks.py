"""What keys must be together. It reads the tables as they came, so that it can be told at once
with what single keys have wrong; values of a wrong type are passed over."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from config.calendars import place_problem, unknown_categories
from config.closures import read_closures
from config.company import Company
from config.log_in_checks import log_in_problems
from config.shape import dotted

Raw = Mapping[str, object]


def problems_between(raw: Raw, folder: Path) -> Iterator[str]:
    """One line for each pair of keys that do not fit, and for each path that is not there."""
    yield from _company(raw)
    yield from _calendars(raw, folder)
    yield from _terms(raw)
    yield from _database(_table(raw, "database"))
    yield from _evidence(_table(raw, "evidence"))
    yield from _mailboxes(raw)
    smtp = _table(raw, "smtp")
    yield from _login("smtp", smtp, needed=bool(_text(smtp, "user")))
    yield from log_in_problems(raw, folder)
    yield from _desk(_table(raw, "desk"))
    yield from _alarm(_table(raw, "alarm"))
    yield from _paths(raw, folder)


def _company(raw: Raw) -> Iterator[str]:
    company = _table(raw, "company")
    calendars = raw.get("calendar", {"default": {}})
    wanted = company.get("calendar", _default("calendar"))
    if isinstance(wanted, str) and isinstance(calendars, Mapping) and wanted not in calendars:
        yield (
            "company.calendar must be the name of a calendar of this file; add a section "
            f"[{dotted(('calendar', wanted))}], or write the name of one that is there"
        )
    language = company.get("language", _default("language"))
    languages = company.get("languages", _default("languages"))
    if isinstance(languages, list | tuple) and language not in languages:
        yield (
            "company.language must be one of company.languages; add it there, or write one of those"
        )


def _terms(raw: Raw) -> Iterator[str]:
    terms, calendars = _table(raw, "terms"), raw.get("calendar", {"default": {}})
    wanted = _text(terms, "calendar")
    if wanted and isinstance(calendars, Mapping) and wanted not in calendars:
        yield (
            "terms.calendar must be the name of a calendar of this file; add a section "
            f'[{dotted(("calendar", wanted))}], or write the name of one that is there, or ""'
        )
    languages = _table(raw, "company").get("languages", _default("languages"))
    language = _text(terms, "language")
    if language and isinstance(languages, list | tuple) and language not in languages:
        yield "terms.language must be one of company.languages; add it there, or write one of those"


def _calendars(raw: Raw, folder: Path) -> Iterator[str]:
    for name, calendar in _table(raw, "calendar").items():
        if not isinstance(calendar, Mapping):
            continue
        where = dotted(("calendar", name))
        unknown = place_problem(_text(calendar, "country"), _text(calendar, "subdivision"))
        if unknown == "country":
            yield (
                f"{where}.country must be a country with a known holiday calendar; "
                'write its two letters, such as "DE", or "" and list the holidays in closed'
            )
        elif unknown:
            yield (
                f"{where}.subdivision must be a state or province of {where}.country; "
                'write its code, such as "BY" for Bavaria in "DE", or ""'
            )
        if not unknown:
            yield from _categories(where, calendar)
        closed, working = calendar.get("closed"), calendar.get("working")
        if isinstance(closed, list) and isinstance(working, list):
            for day in (day for day in closed if day in working):
                yield f"{where}.closed and {where}.working both hold {day}; remove it from one"
        if file := _text(calendar, "closures_file"):
            yield from (
                f"{where}.closures_file {problem}" for problem in read_closures(folder / file)[1]
            )


def _categories(where: str, calendar: Raw) -> Iterator[str]:
    written = calendar.get("categories")
    named = [one for one in written if isinstance(one, str)] if isinstance(written, list) else []
    wrong, known = unknown_categories(_text(calendar, "country"), named)
    if wrong:
        mend = f"write some of {', '.join(known)}" if known else "remove the key"
        yield f"{where}.categories must hold kinds of holidays of {where}.country; {mend}"


def _database(database: Raw) -> Iterator[str]:
    if _text(database, "url").startswith("postgresql"):
        if _password_keys(database) == 2:
            yield _both("database")
    elif _password_keys(database):
        yield (
            "database.password_file and database.password_env are for PostgreSQL only; "
            "remove them, or write the URL of a PostgreSQL database"
        )


def _evidence(evidence: Raw) -> Iterator[str]:
    secrets = sum(bool(evidence.get(key)) for key in ("secret_file", "secret_env"))
    if secrets == 2:
        yield "evidence.secret_file and evidence.secret_env must not both be written; remove one"
    elif bool(secrets) != bool(_text(evidence, "access_key")):
        yield (
            "evidence.access_key and its secret must be written together; write "
            "evidence.secret_file or evidence.secret_env with it, or remove both"
        )
    if not _text(evidence, "url") and (secrets or evidence.get("endpoint")):
        yield "evidence.url must be written with the keys of a store; write s3://BUCKET/PREFIX"


def _mailboxes(raw: Raw) -> Iterator[str]:
    boxes = raw.get("mailbox")
    names: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for number, box in enumerate(boxes if isinstance(boxes, list) else ()):
        if not isinstance(box, Mapping):
            continue
        where = f"mailbox[{number}]"
        yield from _once(names, _text(box, "name"), f"{where}.name", "give each its own name")
        yield from _once(addresses, _text(box, "address"), f"{where}.address", "write it once")
        aliases = box.get("aliases")
        for at, alias in enumerate(aliases if isinstance(aliases, list) else ()):
            if isinstance(alias, str):
                yield from _once(addresses, alias, f"{where}.aliases[{at}]", "write it once")
        yield from _login(where, box, needed=True)


def _once(seen: dict[str, str], value: str, where: str, mend: str) -> Iterator[str]:
    if first := seen.get(value.lower()):
        yield f"{where} must not be the same as {first}; {mend}"
    elif value:
        seen[value.lower()] = where


def _login(where: str, table: Raw, *, needed: bool) -> Iterator[str]:
    if table.get("log_in"):  # by tokens: config/log_in_checks.py
        return
    match _password_keys(table):
        case 2:
            yield _both(where)
        case 1 if not needed:
            yield (
                f"{where}.user is missing though a password is named; "
                f"write {where}.user, or remove the password"
            )
        case 0 if needed:
            yield (
                f"{where} must name the password of its log-in; write {where}.password_file "
                f"(a file) or {where}.password_env (an environment variable)"
            )


def _both(where: str) -> str:
    return f"{where}.password_file and {where}.password_env must not both be written; remove one"


def _desk(desk: Raw) -> Iterator[str]:
    """Passwords and letters must not travel in clear beyond this machine (reliability.md 4.5)."""
    url, host = _text(desk, "url"), _text(desk, "host")
    if not url and host and not _is_loopback(host) and desk.get("port") != 0:
        yield (
            "desk.url must be written when desk.host can be reached by other machines; write the "
            'https:// address of the web server before the desk, or host = "127.0.0.1"'
        )
    for name in ("url", "files_url"):
        written = _text(desk, name)
        problem = _url_problem(written) if written.startswith(("http://", "https://")) else ""
        if problem:
            yield f"desk.{name} {problem}"
    files = _text(desk, "files_url")
    if url.startswith("https://") and files.startswith("http://"):
        yield "desk.files_url must begin with https:// as desk.url does; write https:// there too"


def _url_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        return 'must hold a host name and a right port; write it as "https://desk.example.com"'
    if parts.scheme == "http" and not _is_loopback(host):
        return (
            "must begin with https://, because passwords and letters would be sent in clear; put "
            "a web server with TLS before the desk and write its address"
        )
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _alarm(alarm: Raw) -> Iterator[str]:
    yield from _login("alarm", alarm, needed=bool(_text(alarm, "user")))
    if alarm.get("to"):
        for name in ("host", "sender"):
            if not _text(alarm, name):
                yield f"alarm.{name} must be written with alarm.to; write it, or remove alarm.to"


def _paths(raw: Raw, folder: Path) -> Iterator[str]:
    templates = _text(_table(raw, "company"), "templates")
    if templates and not (folder / templates).is_dir():
        yield "company.templates must be a folder that is there; make it, or write its right path"
    boxes = raw.get("mailbox")
    listed = enumerate(boxes) if isinstance(boxes, list) else ()
    servers = [(name, raw.get(name)) for name in ("smtp", "alarm")]
    servers += [(f"mailbox[{at}]", box) for at, box in listed]
    for where, table in servers:
        own = _text(table, "templates") if isinstance(table, Mapping) else ""
        if own and not (folder / own).is_dir():
            yield f"{where}.templates must be a folder that is there; make it, or remove the key"
        ca_file = _text(table, "ca_file") if isinstance(table, Mapping) else ""
        if ca_file and not (folder / ca_file).is_file():
            yield f"{where}.ca_file must be a file that is there; write its right path"


def _default(name: str) -> object:
    return Company.model_fields[name].default


def _password_keys(table: Raw) -> int:
    return sum(bool(table.get(key)) for key in ("password_file", "password_env"))


def _table(raw: Raw, name: str) -> Raw:
    table = raw.get(name)
    return table if isinstance(table, Mapping) else {}


def _text(table: Raw, name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
