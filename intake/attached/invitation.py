"""Calendar invitations (RFC 5545, RFC 5546): what they ask for, in a few readable lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from intake.text import header as text

_FOLD: Final = re.compile(r"\r?\n[ \t]")
_LINE: Final = re.compile(
    r"(?P<name>[A-Za-z-]{1,40})"
    r"(?P<parameters>(?:;[^\r\n:;\"]*(?:\"[^\r\n\"]*\")?)*):(?P<value>.*)"
)
_ZONE: Final = re.compile(r"(?i);TZID=\"?([^\";:]{1,80})")
_MOMENT: Final = re.compile(r"\d{8}(?:T\d{6}(Z)?)?")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_METHODS: Final = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
}
MOST: Final = 64 * 1024


def readable(data: bytes, charset: str = "") -> str:
    """What, when, where and the words of the first event; "" when there is none."""
    plain = _FOLD.sub("", text.decode(data[:MOST], charset or "utf-8")[0])
    found = dict(_fields(plain))
    if "SUMMARY" not in found and "DTSTART" not in found:
        return ""
    method = _METHODS.get(found.get("METHOD", "").upper(), "Appointment")
    when = " - ".join(found[name] for name in ("DTSTART", "DTEND") if name in found)
    lines = (
        f"{method}: {found.get('SUMMARY', '')}",
        f"When: {when}" if when else "",
        f"Where: {found['LOCATION']}" if found.get("LOCATION") else "",
        found.get("DESCRIPTION", ""),
    )
    return "\n".join(line for line in lines if line.strip())


def _fields(plain: str) -> Iterator[tuple[str, str]]:
    """METHOD, and the fields of the first VEVENT (or VTODO)."""
    inside = ""
    for line in plain.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found["name"].upper(), found["value"].strip()
        if name == "BEGIN" and value.upper() in ("VEVENT", "VTODO"):
            inside = value.upper()
        elif (name == "END" and value.upper() == inside) or (name == "BEGIN" and inside):
            return
        elif inside and name in ("DTSTART", "DTEND", "DUE"):
            yield ("DTEND" if name == "DUE" else name), _moment(value, found["parameters"])
        elif inside or name == "METHOD":
            yield name, _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def _moment(value: str, parameters: str) -> str:
    found = _MOMENT.fullmatch(value)
    if found is None:
        return value
    zone = _ZONE.search(parameters)
    day = f"{value[:4]}-{value[4:6]}-{value[6:8]}"
    if "T" not in value:
        return day
    shown = f"{day} {value[9:11]}:{value[11:13]}"
    return shown + (" UTC" if found[1] else f" ({zone[1]})" if zone else "")
