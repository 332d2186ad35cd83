"""What a delivery status notification says of each recipient (RFC 3464). Pure.

Only the machine-readable part is read; reports in words are read by `intake.kinds.notice`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["failed", "delayed", "arrived", "unknown"]

PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
# A report is short; whatever hangs on it (the mail that came back) is not looked at.
_LOOKED_AT: Final = 256 * 1024
_MOST_RECIPIENTS: Final = 100
_VALUE: Final = 500
_WHO: Final = ("original-recipient", "final-recipient", "x-actual-recipient")
_FIELD: Final = re.compile(
    r"^(action|status|(?:final|original|x-actual)-recipient|diagnostic-code)[ \t]*:[ \t]*"
    r"(.*(?:\n[ \t]+.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS: Final = re.compile(r"[^\s<>;:,\"()]{1,200}@[^\s<>;:,\"()]{1,250}")
_STATUS: Final = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_REPLY_CODE: Final = re.compile(r"(?<![\d.])([245])[0-5]\d(?=[ -]|$)")
# RFC 3464 section 2.3.3; "expanded" and "relayed" have left our sight.
_ARRIVED: Final = frozenset({"delivered", "relayed", "expanded"})
_ACTIONS: Final = _ARRIVED | {"failed", "delayed"}


@dataclass(frozen=True, slots=True)
class Reported:
    """One recipient of a report. `action` and `status` are "" when they are not told."""

    address: str
    action: str
    status: str
    words: str


def reported(parts: Iterable[bytes]) -> tuple[Reported, ...]:
    """The recipients that these message/delivery-status parts name, in order."""
    found: list[Reported] = []
    for part in parts:
        text = part[:_LOOKED_AT].decode("utf-8", "replace")
        for fields in _groups(text.replace("\r\n", "\n").replace("\r", "\n")):
            one = _recipient(fields)
            if one is not None and len(found) < _MOST_RECIPIENTS:
                found.append(one)
    return tuple(found)


def verdict(recipients: Iterable[Reported]) -> Verdict:
    """What became of a mail to one recipient; who was it passed on to may be several."""
    actions = {one.action for one in recipients}
    if "failed" in actions and not actions & _ARRIVED:
        return "failed"
    if "delayed" in actions and not actions & _ARRIVED:
        return "delayed"
    return "arrived" if actions & _ARRIVED else "unknown"


def status_in(words: str) -> str:
    """The status of RFC 3463 that a server's words hold, or its class by the reply code, or ""."""
    if found := _STATUS.search(words):
        return found[0]
    code = _REPLY_CODE.search(words)
    return f"{code[1]}.0.0" if code else ""


def _groups(text: str) -> Iterator[Mapping[str, str]]:
    """The fields of each recipient: between empty lines, or from one repeated field to the next."""
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        for name, value in _FIELD.findall(paragraph):
            if name.lower() in fields:
                yield fields
                fields = {}
            fields[name.lower()] = _line(value)
        yield fields


def _recipient(fields: Mapping[str, str]) -> Reported | None:
    named = [fields[name] for name in _WHO if fields.get(name)]
    if not named and "action" not in fields:
        return None  # the fields of the whole message
    told = fields.get("diagnostic-code", "")
    words = told.partition(";")[2].strip() if ";" in told[:40] else told
    status = status_in(fields.get("status", "")) or status_in(words)
    action = fields.get("action", "").partition("(")[0].strip().lower()
    return Reported(
        # The original is the one that was written to; X.400 and the like are none that we know.
        address=next(filter(None, map(_address, named)), "") or "".join(named[:1]).lower(),
        action=action if action in _ACTIONS else _by_class(status),
        status=status,
        words=words,
    )


def _address(value: str) -> str:
    found = _ADDRESS.search(value)
    return found[0].lower() if found else ""


def _by_class(status: str) -> str:
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")


def _line(value: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in value[:_VALUE])
    return " ".join(printable.split())
